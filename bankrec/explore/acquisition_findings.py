"""Sentences about acquisitions, the target: frames in, Markdown out; every figure and name comes from the data."""

from __future__ import annotations

import pandas as pd

from bankrec.explore.customer_findings import SURE
from bankrec.explore.pick import cell, least, most
from bankrec.explore.pick import pairs as cells_of
from bankrec.number_texts import count, in_a_row, percent, times

ENOUGH = 0.8  # of all acquisitions, made by few products
TWICE = 2.0  # below this ratio no sentence states that one product replaces another


def share_who_acquire(acquirers: pd.DataFrame) -> float:
    """Share of the customer-months with an acquisition; `acquirers` as `acquisition_rates.acquirers`."""
    return float(acquirers["acquirers"].sum() / acquirers["customers"].sum())


def most_acquired(flows: pd.DataFrame) -> pd.Series:
    """The fewest products that make the share `ENOUGH` of all acquisitions, each with its own share."""
    share = flows["share of all acquisitions"].sort_values(ascending=False, kind="stable")
    return share[: int((share.cumsum() < ENOUGH).sum()) + 1]


def share_regained(flows: pd.DataFrame) -> float:
    """Share of the acquisitions by customers who held the product in some earlier month."""
    monthly = flows["acquired a month"]
    return float((flows["regained"].fillna(0) * monthly).sum() / max(monthly.sum(), 1))


def acquirers(table: pd.DataFrame) -> str:
    """The share of customers who acquire something in a month: the upper limit of the metric."""
    if not len(table):
        return "There are no two consecutive months, so there are no acquisitions to describe."
    low, high = least(table["share"]), most(table["share"])
    last = table.iloc[-1]
    return (
        f"In an average month {percent(share_who_acquire(table))} of the customers acquire something: from"
        f" {percent(cell(table, low, 'share'))} in {low} to {percent(cell(table, high, 'share'))} in {high}. Those who"
        f" do acquire {(table['products each'] * table['acquirers']).sum() / max(table['acquirers'].sum(), 1):.2f}"
        " products at once. A list can score only where something is acquired, so the maximum of the mean average"
        f" precision over all customers of {table.index[-1]} is {last['share']:.4f} [{last['low']:.4f},"
        f" {last['high']:.4f}]."
    )


def contrasts(rates: pd.DataFrame) -> pd.DataFrame:
    """A row a column: its groups with the lowest and the highest rate, times, and whether their intervals `overlap`.

    Groups of fewer than 100 customers and of unknown value are left out; the largest difference comes first.
    """
    rows = []
    for column in dict.fromkeys(rates.index.get_level_values(0)):
        part = rates.loc[column]
        part = part[(part["customers"] >= SURE) & ~part.index.isin(["unknown"])]
        if len(part) < 2 or part["rate"].min() <= 0:
            continue
        low, high = least(part["rate"]), most(part["rate"])
        bottom, top = part.loc[low], part.loc[high]
        rows.append(
            (column, low, bottom["rate"], high, top["rate"], top["rate"] / bottom["rate"], top["low"] <= bottom["high"])
        )
    names = ["column", "lowest", "lowest rate", "highest", "highest rate", "times", "overlap"]
    return pd.DataFrame(rows, columns=names).set_index("column").sort_values("times", ascending=False, kind="stable")


def rates(table: pd.DataFrame) -> str:
    """By which columns the acquisition rate differs, and by which it does not."""
    by_column = contrasts(table)
    apart, same = by_column[~by_column["overlap"].astype(bool)], by_column[by_column["overlap"].astype(bool)]
    if not len(by_column):
        return "No column has two groups large enough to be compared."
    lines = [
        f"- **{name}**: {times(row['times'])} times ({row['lowest']} {percent(row['lowest rate'])} a month,"
        f" {row['highest']} {percent(row['highest rate'])})"
        for name, row in apart.iterrows()
    ]
    text = "The rate of the highest group over that of the lowest:\n\n" + "\n".join(lines) if lines else ""
    if len(same):
        names = in_a_row([str(name) for name in same.index])
        text += f"\n\nBy {names} the intervals of the two overlap: no difference is shown."
    return text.strip()


def waves(table: pd.DataFrame) -> str:
    """How many waves there are, and those with most customers above the usual, by product and month."""
    if not len(table):
        return "No product has a month that stands out from the months around it."
    named = [
        f"{row.product} in {row.month} ({times(row.times)} times the usual count)" for row in table.head(4).itertuples()
    ]
    above = f"with most customers above the usual count: {in_a_row(named)}"
    return f"{standing_out(len(table))}, framed in the chart; {above}."


def standing_out(waves: int) -> str:
    """How many waves there are.

    >>> standing_out(12), standing_out(1)
    ('12 months of a product stand out', '1 month of a product stands out')
    """
    return f"{count(waves)} {'month of a product stands' if waves == 1 else 'months of a product stand'} out"


def flows(table: pd.DataFrame) -> str:
    """How few products make most acquisitions, and the share of acquisitions that are returns."""
    if not table["share of all acquisitions"].sum():
        return "Nothing is acquired in these months."
    few = most_acquired(table)
    text = (
        f"{count(len(few))} of {count(len(table))} products make {percent(few.sum())} of the acquisitions:"
        f" {in_a_row([str(name) for name in few.index])}. {percent(share_regained(table))} of all acquisitions come"
        " from customers who held the product in an earlier month of the data"
    )
    back = table[(table["acquired a month"] >= 1) & (table["regained"] > 0)]["regained"]
    return text + (f", most of {most(back)} ({percent(back.max())})." if len(back) else ".")


def pairs(together: pd.DataFrame, holders: pd.DataFrame, droppers: pd.DataFrame) -> str:
    """Pairs of products acquired together, acquired more often by holders, and acquired when the other is dropped."""
    lines = []
    if (cells := cells_of(together)) and cells[0][2] > 0:
        one, other, share = cells[0]
        lines.append(f"- **Together**: {percent(share)} of those who acquire {one} acquire {other} in the same month.")
    if cells := cells_of(holders):
        (one, other, high), (less, least_of, low) = cells[0], cells[-1]
        lines.append(
            f"- **More and less often**: holders of {one} acquire {other} {times(high)} times as often as those"
            f" without it; holders of {less} acquire {least_of} {times(low)} times as often."
        )
    if (cells := cells_of(droppers)) and cells[0][2] > TWICE:
        one, other, high = cells[0]
        lines.append(
            f"- **Instead**: customers who drop {one} acquire {other} in that month {times(high)} times as often"
            f" as those who keep it."
        )
    return "\n".join(lines) or "Too little is acquired to compare pairs of products."


def activity(table: pd.DataFrame) -> str:
    """What the activity of the target month would reveal."""
    if "acquire something" not in table.index or not table["active in the month"].max() > 0:
        return "The bank has no flag of active customers."
    row = table.loc["acquire something"]
    return (
        f"Of the customers who acquire something, {percent(row['active the month before'])} are active the month before"
        f" and {percent(row['active in the month'])} in the month itself. A model that used the flag of the target"
        " month would know part of the answer."
    )
