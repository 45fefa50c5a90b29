import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from banks import ROW, write_raw

from bankrec.columns import CLEAN, RAW
from bankrec.errors import InputError
from bankrec.preprocess import format_report, preprocess

PAYROLL, PENSION, CCO = "ind_nomina_ult1", "ind_nom_pens_ult1", "ind_cco_fin_ult1"


def clean(folder: Path, *rows: dict[str, str]) -> pd.DataFrame:
    numbered = [{"ncodpers": str(n), **row} for n, row in enumerate(rows, start=1)]
    preprocess(write_raw(folder / "raw.csv", numbered), folder / "clean.parquet", progress=False)
    return pd.read_parquet(folder / "clean.parquet").set_index("ncodpers").sort_index()


@pytest.mark.parametrize(
    ("column", "raw", "expected"),
    [
        ("ind_empleado", "S", "P"),
        ("indrel_1mes", "1.0", "1"),
        ("indrel_1mes", "", "N"),
        ("tiprel_1mes", "", "N"),
        ("segmento", "01 - TOP", "TOP"),
        ("segmento", "03 - UNIVERSITARIO", "UNIVERSITARIO"),
        ("age", "  7", 7),
        ("antiguedad", "     38", 38),
        ("antiguedad", "-999999", 29),  # 2012-08 to 2015-01
        ("sexo", "", "UNKNOWN"),
        ("canal_entrada", "", "UNKNOWN"),
        ("nomprov", "CORUÑA, A", "CORUÑA, A"),
        (CCO, "1", 1),
        (CCO, " 1", 1),
        (PAYROLL, "", 0),
    ],
)
def test_one_value_at_a_time(tmp_path: Path, column: str, raw: str, expected: Any) -> None:
    assert clean(tmp_path, {column: raw}).loc[1, column] == expected


@pytest.mark.parametrize(
    ("column", "missing", "expected"),
    [
        ("cod_prov", "", 15),
        ("nomprov", " NA", "CORUÑA, A"),
        ("segmento", "", "PARTICULARES"),
        ("age", " NA", 35),
    ],
)
def test_missing_values_are_filled_from_the_month(tmp_path: Path, column: str, missing: str, expected: Any) -> None:
    other = {"cod_prov": "28", "nomprov": "MADRID", "segmento": "01 - TOP", "age": " 80"}
    found = clean(tmp_path, {}, {}, other, {column: missing})
    assert found.loc[4, column] == expected


@pytest.mark.parametrize("income", ["", "         NA", "-5", "99999999999"])
def test_unknown_and_absurd_incomes_are_filled_and_marked(tmp_path: Path, income: str) -> None:
    found = clean(tmp_path, {"renta": "50000"}, {"renta": "70000"}, {"renta": "90000"}, {"renta": income})
    assert found.loc[4, "renta"] == 70000
    assert found["renta_imputed"].tolist() == [False, False, False, True]


def test_missing_flags_are_marked(tmp_path: Path) -> None:
    found = clean(tmp_path, {}, {PAYROLL: "", PENSION: ""})
    assert found["flags_imputed"].tolist() == [False, True]


def test_rows_that_tell_nothing_are_dropped_and_counted(tmp_path: Path) -> None:
    kept = ("fecha_dato", "ncodpers", *RAW[24:])
    empty = {name: "" for name in RAW if name not in kept} | {"age": " NA", "antiguedad": "     NA"}
    assert clean(tmp_path, {}, empty).index.tolist() == [1]


def test_the_result_has_every_column_its_type_and_no_nulls(tmp_path: Path) -> None:
    found = clean(tmp_path, {}, {name: "" for name in RAW[2:] if name not in ("age", "ind_empleado")})
    assert {*found.columns, "ncodpers"} == set(CLEAN)
    assert not found.isna().any().any()
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "clean.parquet")}
    names = {"date32[day]": "date32"}
    assert {name: names.get(kind, kind) for name, kind in types.items()} == CLEAN


def test_of_two_rows_of_a_month_one_is_kept_and_the_order_does_not_matter(tmp_path: Path) -> None:
    rows = [{"ncodpers": "7", "renta": ""}, {"ncodpers": "7", "renta": "60000"}]
    one = clean(tmp_path, *rows)
    other = clean(tmp_path, *reversed(rows))
    assert len(one) == len(other) == 1
    assert one.loc[7, "renta"] == other.loc[7, "renta"] == 60000


def test_a_month_cleaned_alone_and_with_others_is_the_same(tmp_path: Path, small_bank: Path) -> None:
    raw = pd.read_csv(small_bank / "raw.csv", dtype=str, keep_default_na=False)
    last = raw["fecha_dato"].max()
    raw[raw["fecha_dato"] == last].to_csv(tmp_path / "last.csv", index=False)
    raw[raw["fecha_dato"] != last].to_csv(tmp_path / "before.csv", index=False)
    preprocess(small_bank / "raw.csv", tmp_path / "whole.parquet", progress=False)
    preprocess(tmp_path / "before.csv", tmp_path / "grown.parquet", progress=False)
    preprocess(tmp_path / "last.csv", tmp_path / "grown.parquet", append=True, progress=False)
    keys = ["fecha_dato", "ncodpers"]
    whole, grown = (pd.read_parquet(tmp_path / f"{name}.parquet").sort_values(keys) for name in ("whole", "grown"))
    pd.testing.assert_frame_equal(whole.reset_index(drop=True), grown.reset_index(drop=True))
    with pytest.raises(InputError, match=last[:7]):
        preprocess(tmp_path / "last.csv", tmp_path / "grown.parquet", append=True, progress=False)


def test_the_report_says_what_was_done(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", [{}, {"ncodpers": "2", "ind_empleado": "S", "age": " NA"}])
    text = format_report(preprocess(raw, tmp_path / "clean.parquet", progress=False))
    assert "ind_empleado" in text and "age" in text
    assert (tmp_path / "clean_report.json").is_file()


@pytest.mark.skipif("BANKREC_REAL_DATA" not in os.environ, reason="no real rows: BANKREC_REAL_DATA is not set")
@pytest.mark.parametrize("name", ["raw_text/train_head.csv.gz", "june_2015/train_ver2.csv.gz"])
def test_real_rows_are_kept_or_counted(tmp_path: Path, name: str) -> None:
    report = preprocess(Path(os.environ["BANKREC_REAL_DATA"]) / name, tmp_path / "clean.parquet", progress=False)
    kept = pq.read_metadata(tmp_path / "clean.parquet").num_rows
    dropped = sum(rule["rows"] for rule in report["rules"] if rule["action"] == "row dropped")
    assert report["rows_read"] == kept + dropped + report["duplicates"]
    assert kept > 0.99 * report["rows_read"]


def test_the_hand_made_row_is_in_the_raw_format() -> None:
    assert tuple(ROW) == RAW
