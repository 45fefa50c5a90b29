"""Segment and band of age of one customer, read from the file of a set on request and not kept in memory."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ("segment", "age_band")  # the second only in sets of banks that report by age


def segment_and_age(folder: Path, row: int) -> tuple[str | None, str | None]:
    """Segment and band of age of the customer in `row` of the set in `folder`; None if unknown or the file is gone.

    Reading takes some milliseconds, so it must not run in the thread that answers.
    """
    try:
        with pq.ParquetFile(folder / "customers.parquet", read_dictionary=["segment"]) as file:
            there = [name for name in COLUMNS if name in file.schema_arrow.names]
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if row < rows:
                    table = file.read_row_group(group, there, use_threads=False)
                    values = {name: table[name][row].as_py() for name in there}
                    return values.get("segment") or None, values.get("age_band")
                row -= rows
    except (OSError, pa.ArrowException):
        pass
    return None, None
