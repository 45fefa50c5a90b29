"""Atomic writes: a file or folder appears whole under its name, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.errors import InputError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` to write to; on success it is renamed to `target`.

    On any error what was written is removed and what stood at `target` stays. A full disk or a folder
    that can't be written to becomes an `InputError` that names `target`.
    """
    beside = target.with_name(f".{target.name}.writing-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        if beside.is_dir() and target.is_dir():
            shutil.rmtree(target)
        beside.replace(target)
    except OSError as error:
        raise InputError(f"could not write {target}: {error.strerror or error}") from error
    finally:
        if beside.is_dir():
            shutil.rmtree(beside, ignore_errors=True)
        else:
            with suppress(OSError):  # the folder itself may be what is missing
                beside.unlink()


def write_table(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write tables one after the other into one parquet file, atomically."""
    with replacing(path) as beside:
        file: pq.ParquetWriter | None = None
        for table in tables:
            file = file or pq.ParquetWriter(beside, table.schema, compression="zstd")
            file.write_table(table)
        if file is not None:
            file.close()


def write_text(path: Path, text: str) -> None:
    """Write text atomically."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
