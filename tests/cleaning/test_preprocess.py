"""The edge around cleaning: a file or a folder, appending, the report, what can't go on."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from banks import write_raw

from bankrec.bank.files import santander
from bankrec.cleaning.histories import months_of
from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.report_file import report_path
from bankrec.errors import InputError
from bankrec.santander.columns import CLEAN, RAW

MONTHS = ("2015-01-28", "2015-02-28", "2015-03-28")


def bank(month: str) -> list[dict[str, str]]:
    """Six customers of a month, with something to fill."""
    changes = ({"age": " NA"}, {"renta": ""}, {"renta": "100"}, {"segmento": ""}, {"cod_prov": "", "nomprov": ""}, {})
    return [{"fecha_dato": month, "ncodpers": str(at), **change} for at, change in enumerate(changes, 1)]


def sorted_rows(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path).sort_values(["fecha_dato", "ncodpers"]).reset_index(drop=True)


@pytest.mark.parametrize("name", ["clean.parquet", "clean"])
def test_appending_gives_what_cleaning_all_at_once_gives(tmp_path: Path, name: str) -> None:
    whole = write_raw(tmp_path / "all.csv", [row for month in MONTHS for row in bank(month)])
    preprocess(whole, tmp_path / "whole" / name)
    preprocess(
        write_raw(tmp_path / "first.csv", bank(MONTHS[0]) + bank(MONTHS[1])),
        tmp_path / "grown" / name,
    )
    last = write_raw(tmp_path / "last.csv", bank(MONTHS[2]))
    if name == "clean":
        (tmp_path / "grown" / "clean").rename(tmp_path / "grown" / ".clean.replaced")  # as a kill may leave it
        assert len(months_of(tmp_path / "grown" / "clean", santander())) == 2
        (tmp_path / "grown" / "clean").rename(tmp_path / "grown" / ".clean.replaced")
    preprocess(last, tmp_path / "grown" / name, append=True)
    pd.testing.assert_frame_equal(sorted_rows(tmp_path / "whole" / name), sorted_rows(tmp_path / "grown" / name))
    before = sorted_rows(tmp_path / "grown" / name)
    with pytest.raises(InputError, match=r"already has 2015-03"):
        preprocess(last, tmp_path / "grown" / name, append=True)
    pd.testing.assert_frame_equal(before, sorted_rows(tmp_path / "grown" / name))
    report = json.loads(report_path(tmp_path / "grown" / name).read_text(encoding="utf-8"))
    assert report["months"] == [MONTHS[2]] and report["earlier"][0]["months"] == list(MONTHS[:2])


def test_a_simulated_month_cleaned_alone_and_with_others_is_the_same(tmp_path: Path, small_bank: Path) -> None:
    raw = pd.read_csv(small_bank / "raw.csv", dtype=str, keep_default_na=False)
    last = raw["fecha_dato"].max()
    raw[raw["fecha_dato"] == last].to_csv(tmp_path / "last.csv", index=False)
    raw[raw["fecha_dato"] != last].to_csv(tmp_path / "before.csv", index=False)
    preprocess(small_bank / "raw.csv", tmp_path / "whole.parquet")
    preprocess(tmp_path / "before.csv", tmp_path / "grown.parquet")
    preprocess(tmp_path / "last.csv", tmp_path / "grown.parquet", append=True)
    pd.testing.assert_frame_equal(sorted_rows(tmp_path / "whole.parquet"), sorted_rows(tmp_path / "grown.parquet"))


def test_the_file_has_every_column_its_type_and_no_nulls(tmp_path: Path) -> None:
    rows = [{}, {name: "" for name in RAW[2:] if name not in ("age", "ind_empleado")} | {"ncodpers": "2"}]
    preprocess(write_raw(tmp_path / "raw.csv", rows), tmp_path / "clean.parquet")
    table = pq.read_table(tmp_path / "clean.parquet")
    assert not any(column.null_count for column in table.columns)
    names = {"date32[day]": "date32"}
    assert {field.name: names.get(str(field.type), str(field.type)) for field in table.schema} == CLEAN
    assert table["flags_imputed"].to_pylist() == [False, True]


def test_a_folder_has_a_file_a_month_with_all_columns(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "all.csv", [row for month in MONTHS for row in bank(month)])
    preprocess(raw, tmp_path / "clean")
    files = sorted((tmp_path / "clean").iterdir())
    assert [file.stem for file in files] == list(MONTHS)
    assert all(pq.read_schema(file).names == list(CLEAN) for file in files)


def test_appending_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist yet"):
        preprocess(write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), tmp_path / "no.parquet", append=True)


def test_two_snapshot_dates_in_a_month_are_refused(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", bank("2015-01-28") + bank("2015-01-31"))
    with pytest.raises(InputError, match="2015-01-28 and 2015-01-31"):
        preprocess(raw, tmp_path / "clean.parquet")


def test_duplicates_are_counted_by_month(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", bank(MONTHS[0]) + bank(MONTHS[0])[:2] + bank(MONTHS[1]))
    report = preprocess(raw, tmp_path / "clean.parquet")
    assert (report["rows_read"], report["rows_kept"], report["duplicates"]) == (14, 12, 2)
    assert report["rows_by_month"][MONTHS[0]] == {"read": 8, "kept": 6}
    assert len(sorted_rows(tmp_path / "clean.parquet")) == 12


def test_the_saved_report_is_the_returned_one(tmp_path: Path) -> None:
    report = preprocess(write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), tmp_path / "clean.parquet")
    assert json.loads((tmp_path / "clean_report.json").read_text(encoding="utf-8")) == report


def test_an_unwritable_place_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="could not write"):
        preprocess(write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), tmp_path / "file" / "c.parquet")


def test_an_unknown_engine_is_reported(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", bank(MONTHS[0]))
    with pytest.raises(InputError, match="duckdb, spark"):
        preprocess(raw, tmp_path / "clean.parquet", engine="hive")
