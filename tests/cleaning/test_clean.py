"""Every cleaning rule, and the note that is taken of it, on rows small enough to check by hand."""

from __future__ import annotations

import datetime
import random
from typing import Any

import ibis
import pandas as pd
import pytest
from banks import Row, raw_table
from hypothesis import given, settings
from hypothesis import strategies as st

import bankrec.storage.engine  # sets how Ibis writes queries
from bankrec.cleaning.clean import completed, doubled, fills, kept, one_per_month, province_incomes
from bankrec.cleaning.rules import NEARLY_EMPTY
from bankrec.cleaning.typed_rows import typed
from bankrec.santander.columns import CUSTOMER, MONTH, RAW

FEBRUARY = {MONTH: "2015-02-28"}


def cleaned(engine: Any, *rows: Row) -> pd.DataFrame:
    """Clean rows, by month and customer."""
    table = engine.create_table(ibis.util.gen_name("typed"), typed(raw_table(*rows)), temp=True)
    single = engine.create_table(ibis.util.gen_name("single"), one_per_month(kept(table)), temp=True)
    fill = engine.create_table(ibis.util.gen_name("fill"), fills(single), temp=True)
    result = completed(single, fill, province_incomes(single))
    return engine.to_pyarrow(result.order_by([MONTH, CUSTOMER])).to_pandas()


VALUES: list[tuple[str, str | None, object]] = [
    ("ind_empleado", None, "UNKNOWN"),
    ("ind_empleado", "X", "OTHER"),
    ("ind_empleado", " s ", "P"),
    ("indrel_1mes", "3.0", "3"),
    ("indrel_1mes", "P", "P"),
    ("indrel_1mes", "7", "OTHER"),
    ("indrel_1mes", None, "N"),
    ("tiprel_1mes", None, "N"),
    ("tiprel_1mes", "Z", "OTHER"),
    ("segmento", "01 - TOP", "TOP"),
    ("segmento", "TOP", "TOP"),
    ("segmento", "04 - AGRO", "OTHER"),
    ("sexo", None, "UNKNOWN"),
    ("sexo", " v ", "V"),
    ("pais_residencia", None, "UNKNOWN"),
    ("canal_entrada", "  ", "UNKNOWN"),
    ("canal_entrada", "007 ", "007"),
    ("canal_entrada", " KHE", "KHE"),
    ("nomprov", " PALMAS, LAS", "PALMAS, LAS"),
    ("indresi", "NA", "UNKNOWN"),
    ("indfall", "S", "S"),
    ("age", "41.0", 41),
    ("age", "120", 120),
    ("antiguedad", "NA", 29),
    ("antiguedad", "-999999", 29),
    ("ind_nuevo", "NA", -1),
    ("ind_nuevo", "1.0", 1),
    ("ind_nuevo", "7", -1),
    ("indrel", "99", 99),
    ("ind_actividad_cliente", "", -1),
    ("cod_prov", " 8", 8),
    ("ind_nomina_ult1", " 1", 1),
    ("ind_nomina_ult1", "1.0", 1),
    ("ind_nomina_ult1", "NA", 0),
    ("ind_cco_fin_ult1", "2", 0),
    ("ind_cco_fin_ult1", None, 0),
]


def test_each_value_is_kept_or_corrected(engine: Any) -> None:
    rows = cleaned(engine, *({column: text} for column, text, _ in VALUES))
    wrong = [
        (column, text, rows.loc[at, column], value)
        for at, (column, text, value) in enumerate(VALUES)
        if rows.loc[at, column] != value
    ]
    assert not wrong, f"column, text, what was observed, what should: {wrong}"


def test_an_age_that_is_not_one_becomes_the_median_of_the_month(engine: Any) -> None:
    refused = ["NA", " NA", "", None, "-5", "121", "forty", "35.5", "1e300"]
    rows = cleaned(engine, *({"age": age} for age in ("20", "31", *refused)), FEBRUARY | {"age": "90"})
    # The median of 20 and 31, rounded down; February is not looked at.
    assert rows["age"].tolist() == [20, 31, *[25] * len(refused), 90]


def test_an_income_that_is_not_one_becomes_the_median_of_month_and_province(engine: Any) -> None:
    madrid, cadiz = {"cod_prov": "28"}, {"cod_prov": "11", "nomprov": "CADIZ"}
    refused = ["NA", "0", "-3", "28894395.51", "Infinity", "abc", None]
    rows = cleaned(
        engine,
        madrid | {"renta": "100"},
        madrid | {"renta": "300.01"},
        cadiz | {"renta": "7000"},
        *(madrid | {"renta": text} for text in refused),
        {"renta": None, "cod_prov": "50"},
    )
    # Between 100 and 300.01 lies 200.005, in whole cents 200. Nobody in 50 has an income: the month's median.
    assert rows["renta"].tolist() == [100.0, 300.01, 7000.0, *[200.0] * len(refused), 300.01]
    assert rows["renta_imputed"].tolist() == [False] * 3 + [True] * (len(refused) + 1)


def test_missing_province_and_segment_become_the_most_frequent_of_the_month(engine: Any) -> None:
    barcelona = {"cod_prov": "8", "nomprov": "BARCELONA", "segmento": "01 - TOP"}
    missing = {"cod_prov": None, "nomprov": " ", "segmento": "NA"}
    rows = cleaned(engine, barcelona, barcelona, {}, missing, FEBRUARY, FEBRUARY, FEBRUARY | missing)
    filled = rows[["cod_prov", "nomprov", "segmento"]].to_numpy().tolist()
    assert filled[3] == [8, "BARCELONA", "TOP"]
    assert filled[6] == [15, "CORUÑA, A", "PARTICULARES"]


def test_of_equally_frequent_values_the_first_in_order_fills_and_the_name_goes_with_the_code(engine: Any) -> None:
    rows = cleaned(
        engine,
        {"cod_prov": "48", "nomprov": "BIZKAIA", "segmento": "03 - UNIVERSITARIO"},
        {"cod_prov": "30", "nomprov": "MURCIA", "segmento": "02 - PARTICULARES"},
        {"cod_prov": None, "nomprov": None, "segmento": None},
    )
    assert rows.loc[2, ["cod_prov", "nomprov", "segmento"]].tolist() == [30, "MURCIA", "PARTICULARES"]


def test_a_month_that_does_not_know_a_column_at_all_still_has_no_nulls(engine: Any) -> None:
    rows = cleaned(engine, {name: None for name in RAW if name not in (MONTH, CUSTOMER, "ind_empleado")})
    assert not rows.isna().any().any(), rows.T
    assert rows.loc[0, ["age", "cod_prov", "renta", "segmento"]].tolist() == [0, 0, 0.0, "UNKNOWN"]


def test_a_join_date_that_is_not_one_becomes_the_snapshots(engine: Any) -> None:
    refused = ["", "2015-13-45", "yesterday", "1808-01-01", "2019-01-01"]
    rows = cleaned(engine, *({"fecha_alta": text, "antiguedad": "NA"} for text in refused))
    assert {str(day)[:10] for day in rows["fecha_alta"]} == {"2015-01-28"}
    assert rows["antiguedad"].tolist() == [0] * len(refused)


def test_rows_without_information_are_dropped(engine: Any) -> None:
    empty = dict.fromkeys(NEARLY_EMPTY, "NA")
    rows = cleaned(engine, empty, empty | {"age": "40"}, {CUSTOMER: "x"}, {MONTH: "soon"}, {})
    assert rows[CUSTOMER].tolist() == [2, 5]


def test_of_duplicates_the_row_with_the_fewest_missing_values_stays_in_any_order(engine: Any) -> None:
    rows = [{"renta": None, "age": "90"}, {"age": "30"}, {"age": "31"}, {"age": "31"}]
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        result = cleaned(engine, *({CUSTOMER: "7"} | row for row in rows))
        assert result[[CUSTOMER, "age", "renta"]].to_numpy().tolist() == [[7, 31, 87218.1]]


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from((0, 1, 58, 59, 60, 61, 119, 240))), min_size=1))
@settings(max_examples=40)
def test_customers_with_several_rows_in_a_month_are_counted(
    engine: Any, tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    rows = [(customer, datetime.date(1999 + month // 12, month % 12 + 1, 28)) for customer, month in pairs]
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pd.DataFrame(rows, columns=[CUSTOMER, MONTH]).to_parquet(path)
    table = bankrec.storage.engine.read_parquet(engine, path)
    doubled_customers = engine.to_pyarrow(doubled(table, {month for _, month in rows})).as_py()
    assert doubled_customers == len({row[0] for row in rows if rows.count(row) > 1})
