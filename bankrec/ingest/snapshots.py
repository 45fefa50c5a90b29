"""Snapshots that a bank brings clean: checked by its description."""

from __future__ import annotations

from pathlib import Path

from bankrec.bank.description import Bank
from bankrec.ingest.headers import check_clean_header


def check_snapshots(bank: Bank, data: Path) -> None:
    """An `InputError` of one line says what is wrong with the snapshots in `data`."""
    check_clean_header(data, bank)
