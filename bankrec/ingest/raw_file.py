"""Raw months as a table of text, and the check of the header of a raw file."""

from __future__ import annotations

import codecs
import csv
import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from bankrec.errors import InputError
from bankrec.ingest.parquet_header import parquet_files, schema_of
from bankrec.santander.categories import CODES
from bankrec.santander.columns import CUSTOMER, MONTH, RAW

NUMBERS = (CUSTOMER, "age", "antiguedad", "cod_prov", "renta", *CODES)  # flags are compared faster than parsed
DATES = (MONTH, "fecha_alta")
_PARSED = dict.fromkeys(RAW, "VARCHAR") | dict.fromkeys(NUMBERS, "DOUBLE") | dict.fromkeys(DATES, "DATE")
# The spellings of the real file: the reader compares each value with each of them. Any other spelling can't
# be parsed as a number, and the file is then read as text.
_NULLS = ["", "NA", " NA", "     NA", "         NA"]


def read_raw(connection: Any, path: Path, work: Path, engine: str = "duckdb", *, parsed: bool = False) -> Any:
    """The raw file at `path` as an Ibis table in which every column of `columns.RAW` is text.

    `.csv`, `.csv.gz`, `.zip` (one CSV in it, as Kaggle ships it) or parquet of text, by name; a folder
    is taken as parquet files. Archives are unpacked into `work`. Spark takes parquet alone.

    With `parsed`, `NUMBERS` (float64) and `DATES` of a CSV are parsed by its reader, which is faster than parsing
    text; a query then raises DuckDB's `ConversionException` where a value is neither valid nor missing.
    """
    from bankrec.storage.engine import read_parquet  # imported here, as checking a header needs no engine

    check_header(path)
    if path.is_dir() or path.suffix == ".parquet":
        table = read_parquet(connection, path, engine)
    elif engine == "spark":
        raise InputError(f"{path}: Spark takes raw months as parquet of text; write the bank as .parquet")
    else:
        csv_file = _unpacked(path, work)
        columns = {name: _PARSED.get(name, "VARCHAR") for name in csv_header(csv_file)}
        # Types are not detected: from a sample the reader could infer a date format that cleaning reads otherwise.
        kinds = {"columns": columns, "nullstr": _NULLS, "auto_detect": False} if parsed else {"all_varchar": True}
        table = connection.read_csv(str(csv_file), header=True, delim=",", quote='"', escape='"', **kinds)
        if parsed:
            return table.select(*RAW)
    return table.select(*(table[name].cast("string").name(name) for name in RAW))


def raw_months(connection: Any, path: Path, work: Path, engine: str) -> list[date]:
    """The snapshot dates in the raw file at `path`, in order, before a row is cleaned; rows without one do not count.

    If the date is the first column of a CSV, only the beginning of each line is read, which takes a quarter of the
    time.
    """
    check_header(path)
    if path.is_dir() or path.suffix == ".parquet" or engine == "spark" or csv_header(path)[0] != MONTH:
        text = read_raw(connection, path, work, engine)[MONTH]
    else:
        one_column = {"columns": {"line": "VARCHAR"}, "delim": "\x01", "quote": "", "escape": "", "auto_detect": False}
        lines = connection.read_csv(str(_unpacked(path, work)), header=True, **one_column)
        starts = lines.select(start=lines.line.substr(0, 12)).distinct()  # few: a date, its quotes and padding
        text = starts.start.split(",")[0].replace('"', "").name(MONTH)
    dates = text.as_table().distinct().select(day=lambda rows: rows[MONTH].try_cast("date"))
    return sorted({day for day in dates.to_pyarrow()["day"].to_pylist() if day is not None})


def check_header(path: Path) -> None:
    """Raise an `InputError` unless `path` is a file in the raw format: it reads the first line."""
    if not path.exists():
        raise InputError(f"{path} does not exist")
    parquet = path.is_dir() or path.suffix == ".parquet"
    names = schema_of(parquet_files(path)[0]).names if parquet else csv_header(path)
    missing = [name for name in RAW if name not in names]
    if len(missing) == len(RAW):
        raise InputError(f"{path} is not a CSV in the raw format: its first line has none of the 48 columns")
    if missing:
        few = f"{', '.join(missing[:3])}{f' and {len(missing) - 3} more' * (len(missing) > 3)}"
        raise InputError(f"{path} does not have the column{'s' * (len(missing) > 1)} {few}")


def csv_header(path: Path) -> list[str]:
    """Column names in the first line of a CSV (also .gz, .zip); none where the line is no text."""
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty")
    try:
        with opened(path) as file:
            line = file.readline(1_000_000).removeprefix(codecs.BOM_UTF8).decode()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(f"{path} can't be read as {path.suffix}: {error}") from error
    except UnicodeDecodeError:
        return []
    if not line.strip():
        raise InputError(f"{path} is empty")
    with suppress(csv.Error):  # as of a value without an end
        return next(csv.reader([line]))
    return []


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The bytes of the CSV in a .csv, .gz or .zip."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_member(archive, path)) as file:
            yield file
    elif path.suffix == ".gz":
        with gzip.open(path) as file:
            yield file
    else:
        with path.open("rb") as file:
            yield file


def _member(archive: zipfile.ZipFile, path: Path) -> str:
    names = [name for name in archive.namelist() if name.endswith(".csv") and not name.startswith("__MACOSX")]
    if len(names) != 1:
        raise InputError(f"{path} must contain one .csv file, it contains {len(names)}")
    return names[0]


def _unpacked(path: Path, work: Path) -> Path:
    """The CSV itself: an archive is unpacked first, which also shows whether it is complete."""
    if path.suffix not in (".zip", ".gz"):
        return path
    unpacked = work / "raw.csv"
    if not unpacked.exists():
        unpack_csv(path, unpacked)
    return unpacked


def unpack_csv(path: Path, target: Path) -> None:
    """Write the CSV in a .csv, .gz or .zip to `target`; an `InputError` if it is damaged."""
    try:
        with opened(path) as source, target.open("wb") as written:
            shutil.copyfileobj(source, written, 1 << 20)
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is damaged or incomplete: {error}; download it again") from error
