"""Checks of product flags: cleaning stops at values that can't be read, or a product that all customers lose at once.

Such values would count as "not held", and the product would be offered to customers who hold it. So cleaning stops
before anything is written, unless the user accepts the column by name; then the report, the model card and the
manifest of the set say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from itertools import pairwise
from typing import Any

import ibis
import pandas as pd

from bankrec.bank.spellings import UNREADABLE_LIMIT
from bankrec.errors import InputError
from bankrec.santander.columns import MONTH, PRODUCT_COLUMNS

HELD_LIMIT = 0.01  # of a month's customers: a product with a larger share of holders can't lose them all within a month
FEWEST_HOLDERS = 5  # fewer holders may all leave in one month by chance; matters for banks below 500 customers
OPTION = "--accept-unreadable"
EXAMPLES = 3  # of the values of a column that can't be read
SHOWN_IN_FULL = 3  # columns; of further ones only the names are given
LONGEST_EXAMPLE = 30  # characters


def typed_holders(rows: Any) -> Any:
    """Typed rows counted by month: `rows`, and by product column how many hold it. An Ibis expression."""
    held = {item: (rows.flags >> 2 * bit & 3) == 1 for bit, item in enumerate(PRODUCT_COLUMNS)}
    return _holders(rows, {name: flag.cast("int64") for name, flag in held.items()})


def clean_holders(rows: Any) -> Any:
    """The same counts of clean rows."""
    return _holders(rows, {name: rows[name].cast("int64") for name in PRODUCT_COLUMNS})


def _holders(rows: Any, flags: dict[str, Any]) -> Any:
    return rows.group_by(MONTH).agg(rows=rows.count(), **{name: flag.sum() for name, flag in flags.items()})


def lost_by_all(holders: pd.DataFrame, fresh: Collection[date]) -> dict[str, list[str]]:
    """Products that over `HELD_LIMIT` of customers hold in one month and none in the next: sentences by column.

    `holders`: results of `typed_holders` and `clean_holders`, a row a month. Only pairs with a month of
    `fresh` are checked: the others were checked when they were cleaned.
    """
    by_month = {pd.Timestamp(row[MONTH]).date(): row for row in holders.to_dict("records")}
    sentences: dict[str, list[str]] = {}
    for one, other in pairwise(sorted(by_month)):
        before, after = by_month[one], by_month[other]
        for name in PRODUCT_COLUMNS if {one, other} & set(fresh) else ():
            if before[name] > max(HELD_LIMIT * before["rows"], FEWEST_HOLDERS - 1) and after[name] == 0:
                sentence = f"{before[name]:,.0f} customers hold it in {one:%Y-%m} and none in {other:%Y-%m}"
                sentences.setdefault(name, []).append(sentence)
    return sentences


def most_frequent(texts: Any) -> dict[str, list[str]]:
    """The `EXAMPLES` most frequent texts of each column of a table, of equally frequent ones the first in order."""

    def most(name: str) -> list[str]:
        counted = texts.filter(texts[name].notnull()).group_by(name).agg(n=lambda rows: rows.count())
        first = counted.order_by([ibis.desc("n"), name]).head(EXAMPLES)
        return [str(text) for text in first.to_pyarrow()[name].to_pylist()]

    return {name: most(name) for name in texts.columns}


def doubtful(report: dict[str, Any], lost: dict[str, list[str]]) -> list[dict[str, str]]:
    """The product columns that stop cleaning: `column` and `what` is wrong with it, in the order of products.

    `report`: that of the cleaning (`cleaning.report`); `lost`: the result of `lost_by_all`.
    """
    faults: dict[str, list[str]] = {name: [] for name in PRODUCT_COLUMNS}
    for rule in report["rules"]:
        if rule["column"] not in faults or rule["rule"] != "unreadable":
            continue
        if rule["rows"] > UNREADABLE_LIMIT * report["rows_kept"]:
            unread = f"{rule['rows']:,} values ({rule['share']:.2%}) can't be read, as {quoted(rule['examples'])}"
            faults[rule["column"]].append(unread)
    for name, sentences in lost.items():
        faults[name] += sentences
    return [{"column": name, "what": "; ".join(what)} for name, what in faults.items() if what]


def check_readable(entries: list[dict[str, str]], accepted: Collection[str], source: str) -> None:
    """Raise an `InputError` that names the columns of `doubtful` that are not among `accepted`."""
    refused = [entry for entry in entries if entry["column"] not in accepted]
    if not refused:
        return
    faults = "; ".join(f"{entry['column']}: {entry['what']}" for entry in refused[:SHOWN_IN_FULL])
    if further := [entry["column"] for entry in refused[SHOWN_IN_FULL:]]:
        faults += f"; the same of {', '.join(further)}"
    options = " ".join(f"{OPTION} {entry['column']}" for entry in refused[:SHOWN_IN_FULL])
    raise InputError(
        f"{source}: {faults}. All these values would count as not held: correct the file, or accept it unchanged with"
        f" {options}{' and so on' * (len(refused) > SHOWN_IN_FULL)}"
    )


def check_columns(names: Iterable[str]) -> None:
    """Raise an `InputError` where one of `names` is not a product column."""
    if unknown := [name for name in names if name not in PRODUCT_COLUMNS]:
        raise InputError(f"{OPTION} {unknown[0]}: not a product column, such as {PRODUCT_COLUMNS[0]}")


def quoted(texts: Iterable[str]) -> str:
    """Raw values for messages: each in quotes, long ones cut."""
    cut = (text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…" for text in texts)
    return ", ".join(repr(text) for text in cut)
