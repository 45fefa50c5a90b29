"""Whether a published set is whole: its manifest, and every file against it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.errors import InputError, in_one_line
from bankrec.publishing.sets import CUSTOMERS, FILES, MANIFEST, RECOMMENDATIONS, SCHEMAS, read_manifest


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problems(folder: Path) -> list[str]:
    """What is wrong with the set in `folder`, a sentence each; an empty list for a whole set.

    Checked are the manifest, each file's presence and SHA-256, the columns and their types, and the
    number of rows against the manifest's.
    """
    try:
        manifest = read_manifest(folder)
    except InputError as error:
        return [str(error)]
    found, files = [], manifest["files"]
    for name in FILES:
        if name in files:
            found += _file_problems(folder / name, files[name])
        else:
            found.append(f"{MANIFEST} does not list {name}")
    for count, name in (("customers", CUSTOMERS), ("recommendations", RECOMMENDATIONS)):
        if name in files and files[name].get("rows") != (counted := manifest["counts"][count]):
            found.append(f"{MANIFEST} counts {counted:,} {count}, and {files[name].get('rows')} rows of {name}")
    return found


def _file_problems(path: Path, stated: dict[str, Any]) -> list[str]:
    try:
        if sha256(path) != stated["sha256"]:
            return [f"{path.name} is not the file that was written: its SHA-256 differs from the manifest's"]
        return _table_problems(path, SCHEMAS[path.name], stated.get("rows")) if path.name in SCHEMAS else []
    except FileNotFoundError:
        return [f"{path.name} is missing"]
    except (OSError, pa.ArrowException) as error:
        return [f"{path.name} can't be read: {in_one_line(error)}"]


def _table_problems(path: Path, expected: pa.Schema, rows: int | None) -> list[str]:
    schema = pq.read_schema(path)
    found = [
        f"{path.name} lacks the column {field.name} of type {field.type}"
        for field in expected
        if field.name not in schema.names or schema.field(field.name).type != field.type
    ]
    if (counted := pq.read_metadata(path).num_rows) != rows:
        found.append(f"{path.name} has {counted:,} rows, the manifest says {rows}")
    return found
