"""Checks clean snapshots against the description of a bank: columns by their headers, rows by one scan in DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

from bankrec.bank.description import Bank, State
from bankrec.errors import InputError
from bankrec.ingest.snapshot_header import extra_columns, header_problems
from bankrec.ingest.snapshot_scan import Scan, not_a_flag, rows, viewed


@dataclass(frozen=True)
class Findings:
    """Result of the checks: `problems` stop a run, `notes` do not; a line each.

    `rows` by month, in order; `held`: the share of the rows that hold each product. Empty where columns are wrong.
    """

    problems: list[str]
    notes: list[str]
    rows: dict[date, int] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)


def check_snapshots(bank: Bank, data: Path) -> None:
    """Raise an `InputError` of one line, the first problem, unless `data` holds clean snapshots of `bank`."""
    if problems := look_at(bank, data).problems:
        raise InputError(problems[0])


def look_at(bank: Bank, data: Path) -> Findings:
    """All problems and notes of the snapshots in `data`, a parquet file or a folder of them."""
    if wrong := header_problems(bank, data):
        return Findings(wrong, [])
    with viewed(data) as connection:
        return _findings(Scan(bank, connection), data)


def _findings(scan: Scan, data: Path) -> Findings:
    dated = scan.by_month.dropna(subset="month")
    by_month = {month.date(): int(n) for month, n in zip(dated["month"], dated["rows"], strict=True)}
    held = {item: scan.sum("held", item) / max(scan.rows, 1) for item in scan.bank.ids}
    months = list(by_month)
    if not scan.rows:
        return Findings([f"{data} has no rows: give snapshots with rows"], [])
    problems = [*_keys(scan), *_months(scan, months), *_values(scan)]
    notes = [*_notes(scan, months)]
    if extra := extra_columns(scan.bank, data):
        notes.append(f"columns that the description does not name are not read: {', '.join(extra)}")
    return Findings([f"{data}: {problem}" for problem in problems], notes, by_month, held)


def _keys(scan: Scan) -> Iterator[str]:
    """Rows without a month or a customer."""
    month, customer = scan.bank.month, scan.bank.customer
    if undated := int(scan.by_month.loc[scan.by_month["month"].isna(), "rows"].sum()):
        yield f"{month} is null in {rows(undated)}: every row needs its snapshot date"
    if nobody := scan.sum("null", customer):
        yield f"{customer} is null in {rows(nobody)}: every row needs its customer"
    if beyond := scan.sum("range", customer):
        yield f"{customer} is below 0 or above 2**53 in {rows(beyond)}: give these customers other numbers"


def _months(scan: Scan, months: Sequence[date]) -> Iterator[str]:
    """Months that are missing, or have several dates, or several rows of a customer."""
    for before, after in pairwise(months):
        if (after.year * 12 + after.month) - (before.year * 12 + before.month) > 1:
            yield f"there is no month between {before:%Y-%m} and {after:%Y-%m}: add it, or remove the months before it"
    by_month = scan.by_month.dropna(subset="month")
    for month, count in by_month.loc[by_month["days"] > 1, ["month", "days"]].itertuples(index=False):
        yield f"{month:%Y-%m} has {count} snapshot dates ({', '.join(scan.days(month))}): keep one date a month"
    doubled = by_month[by_month["doubled"] > 0]
    if len(doubled):
        month = doubled["month"].iloc[0]
        who, count = scan.doubled(month)
        more = f"{rows(int(doubled['doubled'].sum()))} too many in all"
        yield f"customer {who} has {count} rows in {month:%Y-%m} ({more}): keep one row per customer and month"


def _values(scan: Scan) -> Iterator[str]:
    """Values that do not match the description."""
    for item in scan.bank.ids:
        if strange := scan.sum("strange", item):
            there = scan.values(item, not_a_flag(item))
            yield f"product {item} is neither 0, 1 nor null in {rows(strange)}: {there}; write 1 where it is held"
    for profile in scan.bank.profile:
        column = profile.column
        if profile.missing == "never" and (nulls := scan.sum("null", column)):
            yield f'{column} is null in {rows(nulls)}, but missing = "never": fill it, or write missing = "unknown"'
        if profile.kind == "number" and profile.by_month and (below := scan.sum("negative", column)):
            yield f"{column} is below 0 in {rows(below)}: make it null where it is not known"
    for part in scan.bank.columns:
        if part.kind == "category" and part.values and scan.known(part) == scan.sum("undeclared", part.column) > 0:
            there = scan.values(part.column)
            yield f"{part.column} has none of the values of {part.name}: correct them; the file has {there}"


def _notes(scan: Scan, months: Sequence[date]) -> Iterator[str]:
    """Values that can be read, but perhaps not with the meaning intended."""
    if len(months) == 1:
        yield f"there is a single month, {months[0]:%Y-%m}: training needs the month before it too"
    if unknown := scan.sum("unknown", "holdings"):
        yield f"all products are null in {rows(unknown)}: holdings of these customers and months are not known"
    if partly := scan.sum("partly", "holdings"):
        yield f"some products are null and others are not in {rows(partly)}: their holdings count as not known"
    for item in scan.bank.ids:
        if scan.sum("held", item) == 0:
            yield f"no customer holds product {item}"
    for part in scan.bank.columns:
        column = part.column
        if part.kind == "category" and part.values and 0 < scan.sum("undeclared", column) < scan.known(part):
            read_as = part.other if isinstance(part, State) else "unknown"
            there = scan.values(column, scan.is_undeclared(part))
            yield f"{column} has values that {part.name} does not name, read as {read_as}: {there}"
        if part.kind == "flag" and scan.known(part) and scan.sum("yes", column) == 0:
            yield f"{column} is never {part.yes!r}, the yes of {part.name}: the file has {scan.values(column)}"
    for profile in scan.bank.profile:
        column = profile.column
        if profile.kind == "number" and profile.by_month and (above := scan.sum("above", column)):
            yield f"{column} is above {profile.largest} in {rows(above)}, which count as {profile.largest}"
        if profile.kind == "date" and (later := scan.sum("later", column)):
            yield f"{column} is after the snapshot date in {rows(later)}"
