"""Every cleaning rule on frames small enough to check by hand."""

from __future__ import annotations

import datetime
import random
from typing import Any

import ibis
import pandas as pd
import pytest

from bankrec.clean_format import check_clean
from bankrec.cleaning import clean, kept, one_per_month
from bankrec.cleaning_report import format_report, reported, tallied
from bankrec.cleaning_rules import BIT, NEARLY_EMPTY, RULES
from bankrec.columns import CLEAN, CUSTOMER, MONTH, RAW
from bankrec.errors import InputError
from bankrec.products import PRODUCT_COLUMNS
from bankrec.typed_rows import among, typed

USUAL: dict[str, str | None] = {
    "fecha_dato": "2015-02-28",
    "ncodpers": "1",
    "ind_empleado": "N",
    "pais_residencia": "ES",
    "sexo": "H",
    "age": " 35",
    "fecha_alta": "2014-02-10",
    "ind_nuevo": " 0",
    "antiguedad": "     12",
    "indrel": " 1",
    "ult_fec_cli_1t": None,
    "indrel_1mes": "1",
    "tiprel_1mes": "A",
    "indresi": "S",
    "indext": "N",
    "conyuemp": None,
    "canal_entrada": "KHE",
    "indfall": "N",
    "tipodom": " 1",
    "cod_prov": "28",
    "nomprov": "MADRID",
    "ind_actividad_cliente": " 1",
    "renta": "50000.5",
    "segmento": "02 - PARTICULARES",
    **dict.fromkeys(PRODUCT_COLUMNS, "0"),
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def engine() -> Any:
    ibis.options.sql.fuse_selects = False
    return ibis.duckdb.connect()


def raw_table(rows: list[Row]) -> Any:
    frame = pd.DataFrame([USUAL | {CUSTOMER: str(at + 1)} | row for at, row in enumerate(rows)])
    return ibis.memtable(frame[list(RAW)], schema=dict.fromkeys(RAW, "string"))


def cleaned(engine: Any, *rows: Row) -> pd.DataFrame:
    """Clean rows, by month and customer; the rows given differ from the usual one as told."""
    return engine.to_pandas(clean(raw_table(list(rows))).order_by([MONTH, CUSTOMER]))


def noted(engine: Any, row: Row) -> set[tuple[str, str]]:
    marks = int(engine.to_pandas(typed(raw_table([row]))).loc[0, "marks"])
    return {rule for rule, bit in BIT.items() if marks >> bit & 1}


def test_the_usual_row_comes_out_in_the_clean_types(engine: Any) -> None:
    table = clean(raw_table([{}]))
    assert list(table.columns) == list(CLEAN)
    row = engine.to_pandas(table).iloc[0]
    expected = {
        "ncodpers": 1,
        "age": 35,
        "antiguedad": 12,
        "indrel_1mes": "1",
        "cod_prov": 28,
        "renta": 50000.5,
        "segmento": "PARTICULARES",
        "ind_nuevo": 0,
        "ind_actividad_cliente": 1,
        "renta_imputed": False,
        "flags_imputed": False,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["fecha_alta"].date() == datetime.date(2014, 2, 10)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("ind_empleado", "S", "P"),
        ("ind_empleado", None, "UNKNOWN"),
        ("ind_empleado", "X", "OTHER"),
        ("indrel_1mes", "1.0", "1"),
        ("indrel_1mes", "3.0", "3"),
        ("indrel_1mes", "P", "P"),
        ("indrel_1mes", None, "N"),
        ("tiprel_1mes", None, "N"),
        ("tiprel_1mes", "Z", "OTHER"),
        ("segmento", "01 - TOP", "TOP"),
        ("segmento", "03 - UNIVERSITARIO", "UNIVERSITARIO"),
        ("segmento", "TOP", "TOP"),
        ("segmento", "04 - AGRO", "OTHER"),
        ("sexo", None, "UNKNOWN"),
        ("sexo", " v ", "V"),
        ("pais_residencia", None, "UNKNOWN"),
        ("canal_entrada", "  ", "UNKNOWN"),
        ("canal_entrada", "007 ", "007"),
        ("nomprov", " CORUÑA, A", "CORUÑA, A"),
        ("indresi", "NA", "UNKNOWN"),
        ("indfall", "S", "S"),
        ("age", "35.0", 35),
        ("age", "120", 120),
        ("antiguedad", "NA", 12),
        ("antiguedad", "-999999", 12),
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
    ],
)
def test_one_value(engine: Any, column: str, text: str | None, value: object) -> None:
    assert cleaned(engine, {column: text}).loc[0, column] == value


@pytest.mark.parametrize("text", ["NA", " NA", "", None, "-5", "121", "forty", "35.5", "1e300"])
def test_an_age_that_is_not_one_becomes_the_median_of_the_month(engine: Any, text: str | None) -> None:
    rows = cleaned(engine, {"age": text}, {"age": "20"}, {"age": "31"}, {"age": "90", MONTH: "2015-03-28"})
    assert rows["age"].tolist() == [25, 20, 31, 90], "median of 20 and 31, rounded down; March is not looked at"


@pytest.mark.parametrize("text", ["NA", "0", "-3", "28894395.51", "Infinity", "abc", None])
def test_an_income_that_is_not_one_becomes_the_median_of_month_and_province(engine: Any, text: Any) -> None:
    madrid, cadiz = {"cod_prov": "28"}, {"cod_prov": "11", "nomprov": "CADIZ"}
    rows = cleaned(
        engine,
        madrid | {"renta": text},
        madrid | {"renta": "100"},
        madrid | {"renta": "300.01"},
        cadiz | {"renta": "7000"},
        {"renta": text, "cod_prov": "50"},
    )
    # 50 has no known income: the median of 100, 300.01 and 7000, of the month.
    assert rows["renta"].tolist() == [200.0, 100.0, 300.01, 7000.0, 300.01]
    assert rows["renta_imputed"].tolist() == [True, False, False, False, True]


def test_missing_province_and_segment_become_the_most_frequent_of_the_month(engine: Any) -> None:
    barcelona = {"cod_prov": "8", "nomprov": "BARCELONA", "segmento": "01 - TOP"}
    later = {MONTH: "2015-03-28"}
    missing = {"cod_prov": None, "nomprov": " ", "segmento": "NA"}
    rows = cleaned(engine, barcelona, barcelona, {}, missing, later, later, later | missing)
    filled = rows[["cod_prov", "nomprov", "segmento"]].to_numpy().tolist()
    assert filled[3] == [8, "BARCELONA", "TOP"]
    assert filled[6] == [28, "MADRID", "PARTICULARES"]


def test_of_equally_frequent_values_the_first_in_order_fills_and_the_name_goes_with_the_code(engine: Any) -> None:
    rows = cleaned(
        engine,
        {"cod_prov": "48", "nomprov": "BIZKAIA", "segmento": "01 - TOP"},
        {"cod_prov": "30", "nomprov": "MURCIA", "segmento": "02 - PARTICULARES"},
        {"cod_prov": None, "nomprov": None, "segmento": None},
    )
    assert rows.loc[2, ["cod_prov", "nomprov", "segmento"]].tolist() == [30, "MURCIA", "PARTICULARES"]


def test_a_month_that_does_not_know_a_column_at_all_still_has_no_nulls(engine: Any) -> None:
    described = [name for name in RAW if name not in (MONTH, CUSTOMER, "sexo", *NEARLY_EMPTY[:1])]
    rows = cleaned(engine, dict.fromkeys(described))
    assert not rows.isna().any().any(), rows.T
    assert rows.loc[0, ["age", "cod_prov", "renta", "segmento"]].tolist() == [0, 0, 0.0, "UNKNOWN"]


@pytest.mark.parametrize("text", ["", "2015-13-45", "yesterday", "1808-01-01", "2019-01-01"])
def test_a_join_date_that_is_not_one_becomes_the_snapshots(engine: Any, text: str) -> None:
    row = cleaned(engine, {"fecha_alta": text, "antiguedad": "NA"}).iloc[0]
    assert (str(row["fecha_alta"].date()), row["antiguedad"]) == ("2015-02-28", 0)


def test_a_missing_flag_is_not_held_and_is_marked(engine: Any) -> None:
    rows = cleaned(engine, {"ind_nom_pens_ult1": "NA", "ind_cco_fin_ult1": "1"}, {"ind_recibo_ult1": "1"})
    assert rows["flags_imputed"].tolist() == [True, False]
    assert rows[["ind_nom_pens_ult1", "ind_cco_fin_ult1", "ind_recibo_ult1"]].to_numpy().tolist() == [
        [0, 1, 0],
        [0, 0, 1],
    ]


def test_rows_that_tell_nothing_are_dropped(engine: Any) -> None:
    empty = dict.fromkeys(NEARLY_EMPTY, "NA")
    rows = cleaned(engine, empty, empty | {"age": "40"}, {CUSTOMER: "x"}, {MONTH: "soon"}, {})
    assert rows[CUSTOMER].tolist() == [2, 5]


def test_of_duplicates_the_row_that_says_most_stays_in_whatever_order_they_come(engine: Any) -> None:
    same = {CUSTOMER: "7"}
    rows = [same | {"renta": None, "age": "90"}, same | {"age": "30"}, same | {"age": "31"}, same | {"age": "31"}]
    for _ in range(4):
        random.Random(_).shuffle(rows)
        result = cleaned(engine, *rows)
        assert result[[CUSTOMER, "age", "renta"]].to_numpy().tolist() == [[7, 31, 50000.5]]


def test_a_month_cleaned_alone_is_the_same_as_cleaned_with_others(engine: Any) -> None:
    draw = random.Random(3)
    values = {
        "age": [" 20", " 41", " NA", "-1"],
        "renta": ["100", "2000.55", None],
        "cod_prov": ["8", "28", None],
        "nomprov": ["BARCELONA", "MADRID", None],
        "segmento": ["01 - TOP", "02 - PARTICULARES", None],
        "antiguedad": ["3", "-999999"],
    }
    rows = [
        {MONTH: month, CUSTOMER: str(customer)} | {name: draw.choice(options) for name, options in values.items()}
        for month in ("2015-01-28", "2015-02-28", "2015-03-28")
        for customer in range(40)
    ]
    together = cleaned(engine, *rows)
    for month in sorted({row[MONTH] for row in rows}):
        alone = cleaned(engine, *(row for row in rows if row[MONTH] == month))
        mine = together[together[MONTH].astype(str) == str(alone[MONTH].astype(str)[0])].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, mine)


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        ({}, set()),
        ({"ind_empleado": "S"}, {("ind_empleado", "spouse")}),
        ({"indrel_1mes": "1.0"}, {("indrel_1mes", "spelling")}),
        ({"age": "164"}, {("age", "absurd")}),
        ({"age": "old"}, {("age", "unreadable")}),
        ({"age": " NA"}, {("age", "missing")}),
        ({"antiguedad": "-999999"}, {("antiguedad", "absurd")}),
        ({"renta": "28894395.51"}, {("renta", "absurd")}),
        ({"fecha_alta": "2015-02-30"}, {("fecha_alta", "unreadable")}),
        ({"sexo": "X"}, {("sexo", "unknown_value")}),
        ({"cod_prov": "0"}, {("cod_prov", "unreadable")}),
        ({"ind_nuevo": "2"}, {("ind_nuevo", "unreadable")}),
        ({"conyuemp": "N"}, {("conyuemp", "column_dropped")}),
        ({CUSTOMER: "12.5"}, {(CUSTOMER, "without_customer")}),
        ({MONTH: ""}, {(MONTH, "without_month"), ("fecha_alta", "absurd")}),
    ],
)
def test_what_is_done_is_noted(engine: Any, row: Row, rules: set[tuple[str, str]]) -> None:
    always = {("segmento", "digits"), ("tipodom", "column_dropped")}
    assert noted(engine, row) == always | rules


def test_the_report_counts_by_rule_and_month(engine: Any) -> None:
    rows = typed(
        raw_table(
            [
                {"renta": None},
                {"renta": None, MONTH: "2015-03-28"},
                {"ind_recibo_ult1": "NA"},
                {"ind_recibo_ult1": "9"},
                dict.fromkeys(NEARLY_EMPTY),
            ]
        )
    )
    fill = pd.DataFrame({MONTH: [pd.Timestamp("2015-02-28")], "fill_age": [35]})
    report = reported(engine.to_pandas(tallied(rows)), {"2015-02-28": 1}, fill, "raw.csv")
    counted = {(rule["column"], rule["rule"]): rule for rule in report["rules"]}
    assert (report["rows_read"], report["rows_kept"], report["duplicates"]) == (6, 4, 1)
    assert counted["renta", "missing"]["by_month"] == {
        "2015-02-28": {"rows": 1, "share": 0.333333},
        "2015-03-28": {"rows": 1, "share": 1.0},
    }
    assert counted["row", "nearly_empty"]["rows"] == 1
    assert counted["age", "missing"]["rows"] == 0, "of a dropped row only the dropping counts"
    assert counted["ind_recibo_ult1", "missing"]["rows"] == counted["ind_recibo_ult1", "unreadable"]["rows"] == 1
    assert counted["row", "duplicate"]["rows"] == 1
    assert report["filled_with"] == {"2015-02-28": {"age": 35}}
    text = format_report(report)
    assert "6 rows read, 4 kept" in text and "renta" in text and "spouse" not in text


def test_the_marks_fit_in_a_signed_integer_of_64_bits() -> None:
    assert len(RULES) < 63 and len(BIT) == len(RULES)


def test_a_list_of_values_is_asked_in_parts(engine: Any) -> None:
    table = ibis.memtable({"a": list(range(12))})
    found = engine.to_pandas(table.filter(among(table.a, (0, 3, 5, 7, 9, 11)))).a
    assert sorted(found) == [0, 3, 5, 7, 9, 11]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sexo", "Q", "sexo must be one of H, V"),
        ("age", 121, "age must be from 0 to 120"),
        ("renta", -1.0, "renta must be from 0 to"),
        ("ind_recibo_ult1", 2, "ind_recibo_ult1 must be one of 0, 1"),
        ("nomprov", "", "nomprov must be a text"),
        ("segmento", None, "segmento must be there"),
        ("fecha_alta", datetime.date(1700, 1, 1), "fecha_alta must be a date from 1900-01-01 on"),
    ],
)
def test_a_broken_format_is_told_with_column_rule_count_and_three_rows(
    engine: Any, column: str, value: Any, words: str
) -> None:
    table = engine.create_table("format", clean(raw_table([{}] * 5)), overwrite=True)
    check_clean(table, "clean.parquet")
    literal = ibis.literal(value, type=table[column].type())
    broken = table.mutate(**{column: (table[CUSTOMER] > 1).ifelse(literal, table[column])})
    with pytest.raises(InputError) as told:
        check_clean(broken, "clean.parquet")
    message = str(told.value)
    assert words in message and "4 rows are not" in message and message.count("ncodpers=") == 3, message
    assert "\n" not in message


def test_a_wrong_type_or_a_missing_column_is_told(engine: Any) -> None:
    table = engine.create_table("format", clean(raw_table([{}])), overwrite=True)
    with pytest.raises(InputError, match="renta must be of type float64"):
        check_clean(table.mutate(renta=table.renta.cast("string")), "x")
    with pytest.raises(InputError, match="lacks sexo"):
        check_clean(table.drop("sexo"), "x")


def test_kept_rows_are_one_per_customer_and_month(engine: Any) -> None:
    rows = one_per_month(kept(typed(raw_table([{CUSTOMER: "5"}] * 3 + [{CUSTOMER: "6"}]))))
    assert sorted(engine.to_pandas(rows)[CUSTOMER]) == [5, 6]
