"""Parquet files and the columns that their footers state."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.errors import InputError, in_one_line


def parquet_files(path: Path) -> list[Path]:
    """The parquet files of a folder and its subfolders, at least one, by name; or the file itself."""
    files = sorted(file for file in path.rglob("*.parquet") if file.is_file()) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} is a folder without parquet files")
    return files


def schema_of(file: Path) -> pa.Schema:
    """The columns of a parquet file; texts are strings, however they are stored."""
    try:
        schema = pq.read_schema(file)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{file} is not a parquet file: {in_one_line(error)}") from error
    return pa.schema([(field.name, _plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type of the values: a text may be stored as codes of a dictionary."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind
