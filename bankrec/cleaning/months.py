"""Checks of the months of a bank: training needs at least two, without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from bankrec.bank.description import Bank
from bankrec.errors import InputError
from bankrec.storage.engine import read_parquet


def gaps(months: Sequence[date]) -> list[str]:
    """The gaps between `months` (snapshot dates in order), as "no month between 2015-01 and 2015-03"."""
    return [
        f"no month between {before:%Y-%m} and {after:%Y-%m}"
        for before, after in pairwise(months)
        if (after.year * 12 + after.month) - (before.year * 12 + before.month) > 1
    ]


def month_cautions(months: Sequence[date]) -> list[str]:
    """Reasons why training will refuse `months` (in order), as sentences; cleaning accepts such months."""
    cautions = [f"there is {gap}: training needs consecutive months" for gap in gaps(months)]
    return cautions + ["there is a single month: training needs the month before it too"] * (len(months) == 1)


def check_no_gap(months: Sequence[date], where: str) -> None:
    """Raise an `InputError` if a month is missing between the first and the last of `months`."""
    if missing := gaps(months):
        raise InputError(f"{where} has {', '.join(missing)}; months must be consecutive: add what is missing")


def check_enough(months: Sequence[date], where: str) -> None:
    """Raise an `InputError` if there is a single month: an acquisition is a change from the month before."""
    if len(months) == 1:
        raise InputError(f"{where} has a single month, {months[0]:%Y-%m}: nothing to learn from, add the month before")


def read_months(connection: Any, data: Path, bank: Bank, engine: str = "duckdb") -> list[date]:
    """Snapshot dates of clean snapshots, in order."""
    table = read_parquet(connection, data, engine)
    dates = table.select(month=table[bank.month].cast("date")).distinct().order_by("month").to_pyarrow()
    return list(dates.column(0).to_pylist())
