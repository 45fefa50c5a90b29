"""The report on a cleaning: what was dropped, filled and corrected, by column and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.cleaning.category_codes import noted
from bankrec.cleaning.readable import quoted
from bankrec.cleaning.rules import BIT, FLAG_RULES, FLAG_UNREADABLE, FLAG_UPPER_BITS, ROW_DROPPED, RULES, Rule
from bankrec.santander.categories import CATEGORIES
from bankrec.santander.columns import DROPPED, MONTH, PRODUCT_COLUMNS

Report = dict[str, Any]
NO_MONTH = "no month"


def tallied(rows: Any) -> Any:
    """Typed rows counted by month and by their notes: month, `marks`, `categories`, `flag_notes`, `n`.

    An Ibis expression with few rows, from which all figures of the report are computed.
    """
    upper = rows.flags & FLAG_UPPER_BITS
    flag_notes = upper | (rows.flags & (upper >> 1))
    rows = rows.select(rows[MONTH], rows.marks, rows.categories, flag_notes=flag_notes)
    return rows.group_by([MONTH, "marks", "categories", "flag_notes"]).agg(n=rows.count())


def unreadable_columns(tally: pd.DataFrame) -> list[str]:
    """Columns with values that can't be read, in the order of the raw file; `tally` is the result of `tallied`."""
    named = [rule for rule in RULES if rule.action == "unreadable"]
    unreadable = [rule.column for rule in named if (_noted(tally, rule) & ~_dropped(tally)).any()]
    codes = tally["flag_notes"].to_numpy()[~_dropped(tally)]
    return unreadable + [
        item for bit, item in enumerate(PRODUCT_COLUMNS) if ((codes >> 2 * bit & 3) == FLAG_UNREADABLE).any()
    ]


def reported(
    tally: pd.DataFrame,
    duplicates: dict[str, int],
    filled: pd.DataFrame,
    source: str,
    examples: Mapping[str, list[str]] | None = None,
) -> Report:
    """The report, ready for JSON.

    `tally`: the result of `tallied`, of the dropped rows and of one row per customer and month;
    `duplicates`: rows resolved by month; `filled`: the result of `cleaning.fills`; `source`: name of the
    input; `examples`: the most frequent values that can't be read, by column. Shares of dropped rows are of the
    rows read, all others of the rows kept in that month.
    """
    names = tally[MONTH].map({month: _name(month) for month in tally[MONTH].unique()})
    dropped = _dropped(tally)

    def by_month(those: npt.NDArray[np.bool_]) -> Counter[str]:
        return Counter({str(month): int(n) for month, n in tally["n"][those].groupby(names[those]).sum().items()})

    read, kept = by_month(np.ones(len(tally), bool)) + Counter(duplicates), by_month(~dropped)
    counts: dict[tuple[str, str, str, str], Counter[str]] = {}
    for rule in RULES:
        # For a dropped row only the reason is counted, not its other faults.
        those = _noted(tally, rule) & (dropped == (rule.action == "row dropped"))
        counts[rule.column, rule.action, rule.name, rule.why] = by_month(those)
    for bit, item in enumerate(PRODUCT_COLUMNS):
        codes = tally["flag_notes"].to_numpy() >> 2 * bit & 3
        for code, (name, why) in FLAG_RULES.items():
            if monthly := by_month((codes == code) & ~dropped):
                counts[item, name, name, why] = monthly
    if any(duplicates.values()):
        why = "several rows of a customer in a month: the one with the fewest missing values stays"
        counts["row", "row dropped", "duplicate", why] = Counter(duplicates)
    return {
        "input": source,
        "months": sorted(month for month in kept if kept[month]),
        "rows_read": sum(read.values()),
        "rows_kept": sum(kept.values()),
        "duplicates": sum(duplicates.values()),
        "rows_by_month": {month: {"read": int(read[month]), "kept": int(kept[month])} for month in sorted(read)},
        "columns_dropped": list(DROPPED),
        "rules": [_counted(*key, by, read, kept, examples or {}) for key, by in counts.items()],
        "filled_with": {
            _name(row[MONTH]): {str(k).removeprefix("fill_"): _plain(v) for k, v in row.items() if k != MONTH}
            for row in filled.sort_values(MONTH).to_dict("records")
        },
    }


def _dropped(tally: pd.DataFrame) -> npt.NDArray[np.bool_]:
    gone: npt.NDArray[np.bool_] = (tally["marks"].to_numpy() & ROW_DROPPED) != 0
    return gone


def _noted(tally: pd.DataFrame, rule: Rule) -> npt.NDArray[np.bool_]:
    if rule.column in CATEGORIES:
        return noted(tally["categories"].to_numpy(), rule.column, rule.name)
    return (tally["marks"].to_numpy() >> BIT[rule.column, rule.name] & 1).astype(bool)


def _counted(
    column: str,
    action: str,
    name: str,
    why: str,
    by_month: Counter[str],
    read: Counter[str],
    kept: Counter[str],
    examples: Mapping[str, list[str]],
) -> Report:
    of = read if action == "row dropped" else kept
    rows = sum(by_month.values())
    return {
        "column": column,
        "action": action,
        "rule": name,
        "why": why,
        "rows": int(rows),
        "share": _share(rows, sum(of.values())),
        **({"examples": examples.get(column, [])} if action == "unreadable" and rows else {}),
        "by_month": {
            month: {"rows": int(by_month[month]), "share": _share(by_month[month], of[month])}
            for month in sorted(by_month)
        },
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _name(month: Any) -> str:
    return NO_MONTH if pd.isna(month) else str(pd.Timestamp(month).date())


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def missing_shares(report: Report) -> dict[str, float]:
    """Share of the rows kept in which each column was missing, the largest first, without those never missing."""
    shares = {rule["column"]: float(rule["share"]) for rule in report["rules"] if rule["rule"] == "missing"}
    return {name: share for name, share in sorted(shares.items(), key=lambda one: -one[1]) if share}


def format_report(report: Report) -> str:
    """The report as a table of text: what was dropped, corrected and filled, in rows and shares; then cautions."""
    months = report["months"]
    lines = [
        f"{report['input']}: {report['rows_read']:,} rows read, {report['rows_kept']:,} kept,"
        f" {len(months)} month{'s' * (len(months) != 1)} from {months[0]} to {months[-1]}",
        f"columns dropped: {', '.join(report['columns_dropped'])}",
        f"{'column':<22} {'action':<14} {'rows':>12} {'share':>9} {'months':>6}  rule",
    ]
    lines += [
        f"{rule['column']:<22} {rule['action']:<14} {rule['rows']:>12,} {rule['share']:>9.4%}"
        f" {len(rule['by_month']):>6}  {rule['rule']}: {rule['why']}"
        + (f", as {quoted(rule['examples'])}" if rule.get("examples") else "")
        for rule in report["rules"]
        if rule["rows"]
    ]
    lines += [f"caution: {caution}" for caution in report.get("cautions", [])]
    return "\n".join(lines)
