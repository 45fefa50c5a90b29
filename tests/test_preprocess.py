"""The edge around cleaning: a file or a folder, appending, the report, what can't go on."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from banks import write_raw

from bankrec.columns import CLEAN
from bankrec.errors import InputError
from bankrec.preprocess import preprocess, report_path

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
    preprocess(whole, tmp_path / "whole" / name, progress=False)
    preprocess(
        write_raw(tmp_path / "first.csv", bank(MONTHS[0]) + bank(MONTHS[1])),
        tmp_path / "grown" / name,
        progress=False,
    )
    last = write_raw(tmp_path / "last.csv", bank(MONTHS[2]))
    preprocess(last, tmp_path / "grown" / name, append=True, progress=False)
    pd.testing.assert_frame_equal(sorted_rows(tmp_path / "whole" / name), sorted_rows(tmp_path / "grown" / name))
    before = sorted_rows(tmp_path / "grown" / name)
    with pytest.raises(InputError, match=r"already has 2015-03"):
        preprocess(last, tmp_path / "grown" / name, append=True, progress=False)
    pd.testing.assert_frame_equal(before, sorted_rows(tmp_path / "grown" / name))
    report = json.loads(report_path(tmp_path / "grown" / name).read_text(encoding="utf-8"))
    assert report["months"] == [MONTHS[2]] and report["earlier"][0]["months"] == list(MONTHS[:2])


def test_a_folder_has_a_file_a_month_with_all_columns(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "all.csv", [row for month in MONTHS for row in bank(month)])
    preprocess(raw, tmp_path / "clean", progress=False)
    files = sorted((tmp_path / "clean").iterdir())
    assert [file.stem for file in files] == list(MONTHS)
    assert all(pq.read_schema(file).names == list(CLEAN) for file in files)


def test_appending_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist yet"):
        preprocess(
            write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), tmp_path / "no.parquet", append=True, progress=False
        )


def test_two_snapshot_dates_in_a_month_are_refused(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", bank("2015-01-28") + bank("2015-01-31"))
    with pytest.raises(InputError, match="2015-01-28 and 2015-01-31"):
        preprocess(raw, tmp_path / "clean.parquet", progress=False)


def test_duplicates_are_counted_by_month(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", bank(MONTHS[0]) + bank(MONTHS[0])[:2] + bank(MONTHS[1]))
    report = preprocess(raw, tmp_path / "clean.parquet", progress=False)
    assert (report["rows_read"], report["rows_kept"], report["duplicates"]) == (14, 12, 2)
    assert report["rows_by_month"][MONTHS[0]] == {"read": 8, "kept": 6}
    assert len(sorted_rows(tmp_path / "clean.parquet")) == 12


def test_the_saved_report_is_the_returned_one(tmp_path: Path) -> None:
    report = preprocess(write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), tmp_path / "clean.parquet", progress=False)
    assert json.loads((tmp_path / "clean_report.json").read_text(encoding="utf-8")) == report


def test_an_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="could not write"):
        preprocess(write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), tmp_path / "file" / "c.parquet", progress=False)


def test_an_unknown_engine_is_told(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw.csv", bank(MONTHS[0]))
    with pytest.raises(InputError, match="duckdb, spark"):
        preprocess(raw, tmp_path / "clean.parquet", engine="hive", progress=False)
