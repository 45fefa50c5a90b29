"""Clean snapshots, checked against the description of their bank before training."""

from __future__ import annotations

from pathlib import Path

from bankrec.bank.description import Bank
from bankrec.cleaning.schema import check_clean
from bankrec.ingest.snapshots import check_snapshots
from bankrec.storage.engine import connect, read_parquet


def check_data(data: Path, bank: Bank, engine: str = "duckdb") -> None:
    """Raise an `InputError` if the snapshots in `data` are not as described; adapters have a format of their own."""
    if bank.adapter is None:
        check_snapshots(bank, data)
        return
    with connect(engine) as connection:
        check_clean(read_parquet(connection, data, engine), str(data))
