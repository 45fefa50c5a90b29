"""Raw files in every form they come in, and one clear line where a file is not what it should be."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import ibis
import pytest
from banks import ROW, write_raw
from duckdb import ConversionException

from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.typed_rows import typed
from bankrec.errors import InputError
from bankrec.ingest.raw_file import read_raw
from bankrec.santander.columns import RAW
from bankrec.storage.engine import connect

ROWS = [{"ncodpers": str(n), "nomprov": "PALMAS, LAS"} for n in range(1, 400)]


def as_gzip(path: Path) -> Path:
    return _write(path.with_suffix(".csv.gz"), gzip.compress(path.read_bytes()))


def as_zip(path: Path) -> Path:
    with zipfile.ZipFile(path.with_suffix(".csv.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "train_ver2.csv")
    return path.with_suffix(".csv.zip")


def as_parquet(path: Path) -> Path:
    with connect() as connection:
        text = connection.read_csv(str(path), all_varchar=True)
        text.to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", [lambda path: path, as_gzip, as_zip, as_parquet])
def test_every_form_gives_the_same_text(tmp_path: Path, form: object) -> None:
    assert callable(form)
    path = form(write_raw(tmp_path / "raw.csv", ROWS))
    work = tmp_path / "work"
    work.mkdir()
    with connect() as connection:
        rows = read_raw(connection, path, work).order_by("ncodpers").to_pyarrow()
    assert rows.column_names == list(RAW)
    assert {str(field.type) for field in rows.schema} == {"string"}
    first = rows.to_pylist()[0]
    assert {name: first[name] or "" for name in RAW} == ROW | ROWS[0], "padding is kept, empty may be null"
    assert len(rows) == len(ROWS)


def test_the_hand_made_row_is_in_the_raw_format() -> None:
    assert tuple(ROW) == RAW


SPELLINGS: dict[str, list[str]] = {
    "age": ["  7", "7 ", " 7.0", "1e2", "35.5", "-5", "+7", "NA", " NA", "  NA", "NaN", "nan", "inf", "forty", "7;5"],
    "antiguedad": ["     38", "-999999", "     NA", "038", "0x1F", "1_000"],
    "renta": ["         NA", "NA ", "1e300", "28894395.51", ".5", "5.", "true", "1e999"],
    "ncodpers": [" 15889", "9007199254740993", "-1", "15889.0"],
    "fecha_alta": [
        "2015-1-5",
        "2015/01/05",
        "05/01/2015",
        " 2015-01-05 ",
        "2015-13-45",
        "2015-01-05 00:00:00",
        "epoch",
    ],
    "fecha_dato": ["2015-02-28", "2015-2-28", "28-02-2015", "20150228"],
    "ind_nuevo": ["1", " 1", "1.0", "2", "NA", "S"],
}
ANY = {
    "ind_recibo_ult1": ["1", " 1", "1.0", "0.4", "2", "NA", " NA", "x"],
    "indrel_1mes": ["3.0", "P", "NA"],
    "tipodom": ["NA", "", "x"],
    "nomprov": ["NAVARRA", "navarra ", " NA", "null"],
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    with connect() as connection:
        yield connection


def parsed_values(engine: Any, folder: Path, column: str) -> dict[str, Any]:
    """What the CSV reader makes of each spelling that it takes."""
    values = {}
    for text in SPELLINGS[column]:
        path = write_raw(folder / "one.csv", [{}, {column: text}])
        with suppress(ConversionException):  # the file is read as text then
            [values[text]] = read_raw(engine, path, folder, parsed=True)[column].to_pyarrow().to_pylist()[1:]
    return values


@pytest.mark.parametrize("column", SPELLINGS)
def test_a_value_parsed_by_the_csv_reader_is_the_one_parsed_from_text(tmp_path: Path, engine: Any, column: str) -> None:
    values = parsed_values(engine, tmp_path, column)
    assert len(values) >= 2
    texts = ibis.memtable({"text": list(values)})
    kind = "date" if column.startswith("fecha") else "float64"
    expected = texts.select(texts.text, value=texts.text.try_cast(kind)).to_pyarrow().to_pylist()
    assert str(values) == str({row["text"]: row["value"] for row in expected})  # as text: nan equals nan


def test_rows_parsed_by_the_csv_reader_are_typed_as_rows_of_text_are(tmp_path: Path, engine: Any) -> None:
    numbers = [{column: text} for column in SPELLINGS for text in parsed_values(engine, tmp_path, column)]
    rows = numbers + [{column: text} for column in ANY for text in ANY[column]]
    path = write_raw(tmp_path / "raw.csv", [{"ncodpers": str(at), **row} for at, row in enumerate(rows)])
    fast, slow = (
        sorted(map(str, typed(read_raw(engine, path, tmp_path, parsed=parsed)).to_pyarrow().to_pylist()))
        for parsed in (True, False)
    )
    assert fast == slow


@pytest.mark.parametrize("form", [lambda path: path, as_gzip])
def test_a_value_that_is_no_number_late_in_a_large_file_is_counted(tmp_path: Path, form: object) -> None:
    assert callable(form)
    rows = [{"ncodpers": str(n)} for n in range(1, 30_000)] + [{"ncodpers": "30000", "age": "forty"}]
    report = preprocess(form(write_raw(tmp_path / "raw.csv", rows)), tmp_path / "clean.parquet")
    counted = {(rule["column"], rule["rule"]): rule["rows"] for rule in report["rules"]}
    assert (counted["age", "unreadable"], report["rows_kept"]) == (1, 30_000)


def truncated(path: Path) -> Path:
    return _write(path.with_suffix(".csv.gz"), as_gzip(path).read_bytes()[:-200])


BAD = {
    "not there": (lambda path: path.with_name("nowhere.csv"), "does not exist"),
    "empty": (lambda path: _write(path, b""), "is empty"),
    "empty line": (lambda path: _write(path, b"\n"), "is empty"),
    "no rows": (lambda path: _write(path, path.read_bytes().split(b"\n")[0] + b"\n"), "no rows"),
    "a picture": (lambda path: _write(path, b"\x89PNG\r\n\x1a\n\x00\xff" * 90), "raw.csv"),
    "a web page": (lambda path: _write(path, b"<html>\n<p>sign in</p>\n</html>\n"), "not a CSV in the raw format"),
    "cut gzip": (truncated, "damaged or incomplete"),
    "no gzip": (lambda path: _write(path.with_suffix(".csv.gz"), b"fecha_dato"), "csv.gz"),
    "no zip": (lambda path: _write(path.with_suffix(".zip"), b"fecha_dato"), "raw.zip"),
    "no parquet": (lambda path: _write(path.with_suffix(".parquet"), b"fecha_dato"), "not a parquet file"),
    "a short line": (lambda path: _write(path, path.read_bytes() + b"2015-01-28,5,N\n"), "raw.csv"),
    "other encoding": (
        lambda path: _write(path, path.read_bytes().replace(b"PALMAS", "CORUÑA".encode("latin-1"))),
        "raw.csv",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_reported_in_one_line_and_what_was_there_stays(tmp_path: Path, case: str) -> None:
    spoil, words = BAD[case]
    output = _write(tmp_path / "clean.parquet", b"before")
    path = spoil(write_raw(tmp_path / "raw.csv", ROWS))
    with pytest.raises(InputError) as caught:
        preprocess(path, output)
    message = str(caught.value)
    assert words in message and "\n" not in message and len(message) < 500, message
    assert output.read_bytes() == b"before"
    assert not [file.name for file in tmp_path.iterdir() if file.name.startswith(".")], "nothing half-written"


@pytest.mark.parametrize("form", [lambda path: path, as_gzip])
def test_a_byte_order_mark_before_the_header_is_skipped(tmp_path: Path, form: object) -> None:
    assert callable(form)
    path = write_raw(tmp_path / "raw.csv", ROWS)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    report = preprocess(form(path), tmp_path / "clean.parquet")
    assert report["rows_kept"] == len(ROWS)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "raw.csv", ROWS, [name for name in RAW if name not in ("renta", "age")])
    with pytest.raises(InputError, match="does not have the columns age, renta"):
        preprocess(path, tmp_path / "clean.parquet")


def test_an_archive_with_two_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    with pytest.raises(InputError, match=r"one \.csv file, it contains 2"):
        preprocess(tmp_path / "two.zip", tmp_path / "clean.parquet")
