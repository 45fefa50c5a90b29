"""Consent files for tests: written as the pipeline writes them, and damaged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FILE = "consent.parquet"
SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("channel", pa.string()),
        ("allowed", pa.bool_()),
        ("since", pa.timestamp("us", "UTC")),
    ]
)
Row = tuple[int, str, bool, int]  # customer, channel, allowed, seconds since 1970


def table(rows: Iterable[Row]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    since = pa.array([second * 1_000_000 for second in columns[3]], SCHEMA.field("since").type)
    return pa.table([*(list(column) for column in columns[:3]), since], schema=SCHEMA)


def write_consent(recs: Path, rows: Iterable[Row]) -> Path:
    """Replace the consent file in `recs`, by a rename."""
    return replace(recs, lambda path: pq.write_table(table(rows), path, compression="zstd", write_page_checksum=True))


def replace(recs: Path, write: Callable[[Path], Any]) -> Path:
    recs.mkdir(parents=True, exist_ok=True)
    beside = recs / f".{FILE}.beside"
    write(beside)
    return beside.replace(recs / FILE)


@contextmanager
def hanging(path: Path) -> Iterator[None]:
    """A file at `path` whose reading hangs until the end of the block, as on a mount that hangs."""
    beside = path.with_name(f".{path.name}.pipe")
    os.mkfifo(beside)
    beside.replace(path)
    try:
        yield
    finally:
        with suppress(OSError):  # nobody reads it
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def torn(recs: Path) -> None:
    """A file that was only partly copied."""
    replace(recs, lambda path: path.write_bytes(b"PAR1 cut off"))
