"""Sentences about customers and acquisitions: frames in, Markdown out; every figure and name in them comes from the data."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bankrec.explore.groups import LOPSIDED
from bankrec.explore.shown import count, percent, times

SURE = 100  # customers: of a smaller group no sentence speaks


def in_a_row(parts: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> in_a_row(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def growth(present: pd.DataFrame, months: pd.DataFrame) -> str:
    """How the bank grows, and in which month most customers join."""
    first, last = present.index[0], present.index[-1]
    text = (
        f"The bank has {count(present['customers'].iloc[0])} customers in {first} and"
        f" {count(present['customers'].iloc[-1])} in {last}."
    )
    if len(present) < 2:
        return text
    top = present["joined"].idxmax()
    joined = float(present.loc[top, "joined"])
    text += (
        f" Most join in {top}: {count(joined)}, {percent(joined / present.loc[top, 'customers'])} of the customers then"
    )
    others = present["joined"].iloc[1:].drop(top)
    if len(others) and others.median() > 0:
        text += f", {times(joined / others.median())} times as many as in the median of the other months"
    return text + f"; {percent(float(months.loc[top, 'joiners without products']))} of them hold nothing in that month."


def absences(found: pd.Series, present: pd.DataFrame) -> str:
    """How many customers are absent for a time, and how many leave."""
    text = (
        f"{count(found['absent'])} of {count(found['customers'])} customers"
        f" ({percent(found['absent'] / max(found['customers'], 1))}) are absent for a time and come back"
        f" ({count(found['months absent'])} months are missing)."
    )
    left = present["left"].iloc[1:]
    if not len(left):
        return text
    return (
        f"{text} In a median month {count(left.median())} leave and {count(present['joined'].iloc[1:].median())} join."
    )


def cohorts(table: pd.DataFrame) -> str:
    """Which customers, by the quarter in which they are first seen, acquire least, and what they hold."""
    sure = table[(table["customers"] >= SURE) & table["acquire in a month"].notna()]
    if len(sure) < 2:
        return "All customers are first seen in one period: there is nothing to compare."
    low, high = sure["acquire in a month"].idxmin(), sure["acquire in a month"].idxmax()
    return (
        f"Of the customers first seen in {low}, {percent(sure.loc[low, 'acquire in a month'])} acquire something in a"
        f" month and {percent(sure.loc[low, 'without products'])} hold nothing at the end; of those first seen in {high},"
        f" {percent(sure.loc[high, 'acquire in a month'])} and {percent(sure.loc[high, 'without products'])}."
    )


def imbalance(table: pd.DataFrame) -> str:
    """Which columns have nearly all customers in one group, and which have many unknown ones."""
    if not len(table):
        return "The description names no column of customers."
    lopsided = table[table["its share"] > LOPSIDED]
    text = f"{count(len(table))} columns describe customers. "
    if len(lopsided):
        names = [f"{name} ({percent(row['its share'])} {row['largest group']})" for name, row in lopsided.iterrows()]
        text += f"In {count(len(names))} of them one group has nearly all rows, so they hardly tell customers apart: {in_a_row(names)}."
    else:
        text += "In none of them one group has nearly all rows."
    unknown = table[table["unknown"] > 0.01].sort_values("unknown", ascending=False)
    if len(unknown):
        names = [f"{name} ({percent(row['unknown'])})" for name, row in unknown.iterrows()]
        text += f" Unknown in more than one row of a hundred: {in_a_row(names)}."
    return text


def correlated(table: pd.DataFrame) -> str:
    """Which two numbers go together most, and which least."""
    cells = table.where([[row < column for column in range(len(table))] for row in range(len(table))]).stack()
    if not len(cells):
        return "There are not two numbers to compare."
    strongest, weakest = cells.abs().idxmax(), cells.abs().idxmin()
    text = f"The strongest correlation is {cells[strongest]:.2f}, of {strongest[0]} and {strongest[1]}"
    if strongest == weakest:
        return text + "."
    return f"{text}; the weakest is {cells[weakest]:.2f}, of {weakest[0]} and {weakest[1]}."


def held(prevalence: pd.Series, at_once: pd.Series) -> str:
    """How many products customers hold, and which are held most and hardly ever."""
    total = at_once.sum()
    mean = float((at_once.index.to_numpy() * at_once.to_numpy()).sum() / total)
    rare = prevalence[prevalence < 0.001]
    text = (
        f"In the last month {percent(at_once.get(0, 0) / total)} of the customers hold nothing and"
        f" {percent(at_once.get(1, 0) / total)} one product; the mean is {times(mean)}, the most"
        f" {count(at_once[at_once > 0].index.max())}. {prevalence.index[0]} is held most, in"
        f" {percent(prevalence.iloc[0])} of the customer-months"
    )
    if len(prevalence) > 1:
        text += f", then {prevalence.index[1]} ({percent(prevalence.iloc[1])})"
    if len(rare):
        text += f". Held in fewer than one customer-month of a thousand: {in_a_row([str(name) for name in rare.index])}"
    return text + "."


def acquirers(table: pd.DataFrame) -> str:
    """How many customers acquire something in a month: the ceiling of the metric."""
    if not len(table):
        return "There are not two months in a row: nothing can be said of acquisitions."
    whole = table["acquirers"].sum() / table["customers"].sum()
    low, high = table["share"].idxmin(), table["share"].idxmax()
    last = table.iloc[-1]
    return (
        f"In an average month {percent(whole)} of the customers acquire something: from {percent(table.loc[low, 'share'])} in"
        f" {low} to {percent(table.loc[high, 'share'])} in {high}. Those who do acquire"
        f" {(table['products each'] * table['acquirers']).sum() / max(table['acquirers'].sum(), 1):.2f} products at once."
        f" A list can score only where something is acquired, so the best possible mean average precision over all"
        f" customers of {table.index[-1]} is {last['share']:.4f} [{last['low']:.4f}, {last['high']:.4f}]."
    )


def contrasts(rates: pd.DataFrame) -> pd.DataFrame:
    """A row a column: its groups with the lowest and the highest rate, the rates, times, and whether intervals `overlap`.

    Groups of fewer than 100 customers and of unknown value are left out; the largest difference comes first.
    """
    rows = []
    for column in dict.fromkeys(rates.index.get_level_values(0)):
        part = rates.loc[column]
        part = part[(part["customers"] >= SURE) & ~part.index.isin(["unknown"])]
        if len(part) < 2 or part["rate"].min() <= 0:
            continue
        low, high = part["rate"].idxmin(), part["rate"].idxmax()
        least, most = part.loc[low], part.loc[high]
        rows.append(
            (column, low, least["rate"], high, most["rate"], most["rate"] / least["rate"], most["low"] <= least["high"])
        )
    names = ["column", "lowest", "lowest rate", "highest", "highest rate", "times", "overlap"]
    return pd.DataFrame(rows, columns=names).set_index("column").sort_values("times", ascending=False, kind="stable")


def rates(table: pd.DataFrame) -> str:
    """By which columns the acquisition rate differs, and by which it does not."""
    found = contrasts(table)
    apart, same = found[~found["overlap"].astype(bool)], found[found["overlap"].astype(bool)]
    if not len(found):
        return "No column has two groups large enough to be compared."
    lines = [
        f"- by **{name}** {times(row['times'])} times: {percent(row['lowest rate'])} a month of {row['lowest']},"
        f" {percent(row['highest rate'])} of {row['highest']}"
        for name, row in apart.iterrows()
    ]
    text = "The rate of the highest group over that of the lowest:\n\n" + "\n".join(lines) if lines else ""
    if len(same):
        text += f"\n\nBy {in_a_row([str(name) for name in same.index])} the intervals of the two overlap: no difference is shown."
    return text.strip()


def waves(found: pd.DataFrame) -> str:
    """The largest waves, named by product and month."""
    if not len(found):
        return "No product has a month that stands out from the months around it."
    named = [
        f"{row.product} in {row.month} ({times(row.times)} times the usual month)" for row in found.head(4).itertuples()
    ]
    return f"{count(len(found))} months of a product stand out, framed in the chart; the largest: {in_a_row(named)}."


def flows(table: pd.DataFrame, most: float = 0.8) -> str:
    """How few products make most acquisitions, and how many of these come back."""
    share = table["share of all acquisitions"].sort_values(ascending=False, kind="stable")
    if not share.sum():
        return "Nothing is acquired in these months."
    few = share[: int((share.cumsum() < most).sum()) + 1]
    regained = (table["regained"].fillna(0) * table["acquired a month"]).sum() / max(table["acquired a month"].sum(), 1)
    text = (
        f"{count(len(few))} of {count(len(table))} products make {percent(few.sum())} of the acquisitions:"
        f" {in_a_row([str(name) for name in few.index])}. {percent(regained)} of all acquisitions come from customers who"
        " held the product in an earlier month of the data"
    )
    back = table[(table["acquired a month"] >= 1) & (table["regained"] > 0)]["regained"]
    return text + (f", most of {back.idxmax()} ({percent(back.max())})." if len(back) else ".")


def pairs(together: pd.DataFrame, holders: pd.DataFrame, droppers: pd.DataFrame) -> str:
    """Which products come together, which one opens the way to which, and which comes instead of which."""
    lines = []
    cells = together.stack()
    if len(cells) and cells.max() > 0:
        one, other = cells.idxmax()
        lines.append(
            f"- **Together**: {percent(cells.max())} of the customers who acquire {one} acquire {other} in the same month."
        )
    cells = holders.stack()
    if len(cells):
        (one, other), (less, least) = cells.idxmax(), cells.idxmin()
        lines.append(
            f"- **More and less often**: holders of {one} acquire {other} {times(cells.max())} times as often as those"
            f" without it; holders of {less} acquire {least} {times(cells.min())} times as often."
        )
    cells = droppers.stack()
    if len(cells) and cells.max() > 1:
        one, other = cells.idxmax()
        lines.append(
            f"- **Instead**: customers who drop {one} acquire {other} in that month {times(cells.max())} times as often"
            f" as those who keep it."
        )
    return "\n".join(lines) or "Too little is acquired to compare pairs of products."


def activity(table: pd.DataFrame) -> str:
    """What the activity of the target month gives away."""
    if "acquire something" not in table.index or not table["active in the month"].max() > 0:
        return "The bank has no flag of active customers."
    row = table.loc["acquire something"]
    return (
        f"Of the customers who acquire something, {percent(row['active the month before'])} are active the month before and"
        f" {percent(row['active in the month'])} in the month itself. A model that saw the flag of the target month would"
        " know part of the answer."
    )
