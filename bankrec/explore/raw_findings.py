"""Sentences about Santander's raw file: frames in, Markdown out; every figure in them comes from the data."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bankrec.explore.pick import cell, most
from bankrec.number_texts import count, in_a_row, percent


def size(totals: pd.Series) -> str:
    """How many rows, customers and months there are."""
    return (
        f"{count(totals['rows'])} rows of {count(totals['customers'])} customers in {count(totals['months'])} months:"
        f" {totals['rows a customer']:.1f} rows a customer; {count(totals['rows beyond one a customer and month'])}"
        " rows are a second one of the same customer and month."
    )


def missing(table: pd.DataFrame, published: pd.Series) -> str:
    """Which columns are missing most, and when it changes; published shares of the real file beside."""
    mean = table.mean(axis=1).sort_values(ascending=False)
    parts = []
    for name in mean.index[:6]:
        real = f", {percent(published[name])} published" if name in published.index else ""
        parts.append(f"`{name}` ({percent(mean[name])}{real})")
    moving = table[(table.max(axis=1) > 0.005) & (table.max(axis=1) > 2 * table.min(axis=1) + 0.002)]
    text = f"Missing most, as the mean of the months: {in_a_row(parts)}."
    if len(moving):
        peaks = [f"`{name}` in {row.idxmax()} ({percent(row.max())})" for name, row in moving.iterrows()]
        text += f" The share changes with time, with its highest month: {in_a_row(peaks)}."
    return text


def nearly_empty(table: pd.DataFrame, published_rows: int) -> str:
    """How many rows have hardly any profile, and how many of these hold products."""
    rows = table["rows"].sum()
    if not rows:
        return "No row is nearly empty."
    held = float((table["share with a product"] * table["rows"]).sum() / rows)
    return (
        f"{count(rows)} rows have a number and flags but no profile ({count(published_rows)} published of the real"
        f" file); {percent(held)} of them hold a product. These rows are dropped: the customer counts as absent in that"
        " month, not as owning nothing."
    )


def reported(table: pd.DataFrame, follows: float, rare: pd.DataFrame) -> str:
    """Whether the last date follows from `indrel`, and which categories have rare values."""
    some = rare[rare["rare values"] > 0]
    names = [f"`{name}` ({count(row['rare values'])} of {count(row['values'])})" for name, row in some.iterrows()]
    none = int((table["here"] == 0).sum())
    text = (
        f"In {percent(follows)} of the rows a last date stands exactly where `indrel` says that the customer left, so"
        f" the column adds the day alone. {count(none)} of the {count(len(table))} cases of the table have no row here."
    )
    return text + (f" Values with a handful of rows: {in_a_row(names)}." if names else "")


def impossible(table: pd.DataFrame) -> str:
    """The values that are unusual; some are valid, as the age of minors."""
    some = table[table["rows"] > 0]["rows"]
    if not len(some):
        return "No number is unusual."
    return "Rows with an unusual number: " + "; ".join(f"{name}, {count(rows)}" for name, rows in some.items()) + "."


def frozen(changes: pd.Series) -> str:
    """The months in which no seniority changes: they contain a later value."""
    still, moving = changes[changes < 0.05], changes[changes >= 0.05]
    if not len(still):
        return "Seniority changes every month for nearly every customer."
    months = f"{count(len(still))} of {count(len(changes))} months ({still.index[0]} to {still.index[-1]})"
    text = f"In {months} seniority does not change"
    if len(moving):
        text += f"; in the others {percent(moving.median())} of the customers have a new value each month"
    return text + ". A later value was written into these months, so tenure is counted from the join date."


def block(published: dict[str, Any], present: pd.DataFrame, months: pd.DataFrame) -> str:
    """The month in which the real bank took over many customers at once, published and here."""
    month = published["month"]
    text = (
        f"Published of the real file: {count(published['customers'])} customers are first seen in {month}, and about"
        f" {percent(published['without_products'])} of them hold nothing then."
    )
    if month not in present.index or not cell(present, month, "joined"):
        return text + " Nobody joins in that month here."
    return (
        f"{text} Here {count(cell(present, month, 'joined'))} join in that month, and"
        f" {percent(cell(months, month, 'joiners without products'))} of them hold nothing."
    )


def joined(by_year: pd.Series) -> str:
    """From which year on half of the customers joined."""
    total, later = by_year.sum(), by_year[::-1].cumsum()
    half = later[later >= total / 2].index[0]
    top = most(by_year)
    return (
        f"{percent(later[half] / total)} of the customers joined in {half} or later; the year with most is {top}"
        f" ({percent(by_year.max() / total)})."
    )
