"""Clean snapshots: checked by the description of the bank, and their months."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from bankrec.bank.description import Bank
from bankrec.ingest.headers import check_clean_header
from bankrec.storage.engine import read_parquet


def check_snapshots(bank: Bank, data: Path) -> None:
    """An `InputError` of one line says what is wrong with the snapshots in `data`."""
    check_clean_header(data, bank)


def read_months(connection: Any, data: Path, bank: Bank, engine: str = "duckdb") -> list[date]:
    """Snapshot dates of clean snapshots, in order."""
    table = read_parquet(connection, data, engine)
    found = table.select(month=table[bank.month].cast("date")).distinct().order_by("month").to_pyarrow()
    return list(found.column(0).to_pylist())
