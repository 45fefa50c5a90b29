"""Sentences about customers and what they hold: frames in, Markdown out; every figure and name comes from the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec.explore.groups import LOPSIDED
from bankrec.explore.pick import cell, least, most, pairs
from bankrec.number_texts import count, in_a_row, percent, times

SURE = 100  # customers: smaller groups are in no sentence


def growth(present: pd.DataFrame, months: pd.DataFrame) -> str:
    """How the bank grows, and in which month most customers join."""
    first, last = present.index[0], present.index[-1]
    text = (
        f"The bank has {count(present['customers'].iloc[0])} customers in {first} and"
        f" {count(present['customers'].iloc[-1])} in {last}."
    )
    if len(present) < 2:
        return text
    top = most(present["joined"])
    joined = cell(present, top, "joined")
    of_all = percent(joined / cell(present, top, "customers"))
    text += f" Most join in {top}: {count(joined)}, {of_all} of the customers then"
    others = present["joined"].iloc[1:].drop(top)
    if len(others) and others.median() > 0:
        text += f", {times(joined / others.median())} times as many as in the median of the other months"
    return text + f"; {percent(cell(months, top, 'joiners without products'))} of them hold nothing in that month."


def absences(totals: pd.Series, present: pd.DataFrame) -> str:
    """How many customers are absent for a time, and how many leave."""
    text = (
        f"{count(totals['absent'])} of {count(totals['customers'])} customers"
        f" ({percent(totals['absent'] / max(totals['customers'], 1))}) are absent for a time and come back"
        f" ({count(totals['months absent'])} months are missing)."
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
    low, high = least(sure["acquire in a month"]), most(sure["acquire in a month"])
    return (
        f"Of the customers first seen in {low}, {percent(cell(sure, low, 'acquire in a month'))} acquire something in a"
        f" month and {percent(cell(sure, low, 'without products'))} hold nothing at the end; of those first seen"
        f" in {high},"
        f" {percent(cell(sure, high, 'acquire in a month'))} and {percent(cell(sure, high, 'without products'))}."
    )


def imbalance(table: pd.DataFrame) -> str:
    """Which columns have nearly all customers in one group, and which have many unknown ones."""
    if not len(table):
        return "The description names no column of customers."
    lopsided = table[table["its share"] > LOPSIDED]
    text = f"{count(len(table))} columns describe customers. "
    if len(lopsided):
        names = [f"{name} ({percent(row['its share'])} {row['largest group']})" for name, row in lopsided.iterrows()]
        text += f"In {count(len(names))} of them one group has nearly all rows, so they hardly distinguish customers:"
        text += f" {in_a_row(names)}."
    else:
        text += "In none of them one group has nearly all rows."
    unknown = table[table["unknown"] > 0.01].sort_values("unknown", ascending=False)
    if len(unknown):
        names = [f"{name} ({percent(row['unknown'])})" for name, row in unknown.iterrows()]
        text += f" Unknown in more than one row of a hundred: {in_a_row(names)}."
    return text


def correlated(table: pd.DataFrame) -> str:
    """Which two numbers go together most, and which least."""
    upper = np.triu(np.ones(table.shape, dtype=bool), k=1)
    cells = sorted(pairs(table.where(upper)), key=lambda one: -abs(one[2]))
    if not cells:
        return "There are not two numbers to compare."
    (one, other, strongest), (first, second, weakest) = cells[0], cells[-1]
    text = f"The strongest correlation is {_two(strongest)}, of {one} and {other}"
    return f"{text}; the weakest is {_two(weakest)}, of {first} and {second}." if len(cells) > 1 else f"{text}."


def _two(value: float) -> str:
    """Two digits, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"


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
