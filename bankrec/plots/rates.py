"""Charts of rates by group of customers, each with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bankrec.number_texts import count, percent
from bankrec.plots.style import (
    BLUE,
    GREY,
    LINE,
    SMALL,
    Chart,
    below,
    listed,
    panels,
    percent_ticks,
)

_Row = tuple[str, str | None]


def rates(table: pd.DataFrame, title: str, whole: float, xlabel: str) -> Chart:
    """A dot with its interval a group, in two columns; `whole` is the rate of all customers, a dashed line.

    `table` has an index of column and group, and columns rate, low, high, customers.
    """
    halves = _halves(table)
    rows = max(map(len, halves))
    made, parts = panels(title, len(halves), 0.9 * LINE * rows + 1.4)
    right = float(np.nanmax(table["high"].to_numpy(dtype=float))) * 1.04 if len(table) else 1.0
    for part, half in zip(parts, halves, strict=True):
        _groups(part, half, table, whole, first=part is parts[0])
        part.set_xlim(0, right)
        part.set_ylim(rows - 0.4, -0.8)
        part.set_xlabel(xlabel, fontsize=SMALL + 0.5)
    below(made)
    known = sorted(zip(_named(table), table["rate"], strict=True), key=lambda one: -one[1])
    made.alt += f" Highest: {listed({name: percent(rate) for name, rate in known[:3]})}"
    made.alt += f" Lowest: {listed({name: percent(rate) for name, rate in known[::-1][:3]})}"
    return made


def _named(table: pd.DataFrame) -> list[str]:
    return [f"{column} {group}" for column, group in table.index.to_list()]


def _halves(table: pd.DataFrame) -> list[list[_Row]]:
    """The rows of each half: a heading a column, then its groups; a column is never cut in two."""
    columns = dict.fromkeys(str(name) for name, _ in table.index.to_list())
    blocks: list[list[_Row]] = [
        [(name, None), *((one, str(group)) for one, group in table.index.to_list() if one == name)] for name in columns
    ]
    total = sum(map(len, blocks))
    left: list[_Row] = []
    right: list[_Row] = []
    for block in blocks:
        (left if len(left) + len(block) / 2 <= total / 2 or not left else right).extend(block)
    return [left, right] if right else [left]


def _groups(axes: Axes, rows: list[_Row], table: pd.DataFrame, whole: float, *, first: bool) -> None:
    places = [place for place, (_, group) in enumerate(rows) if group is not None]
    shown = table.loc[[rows[place] for place in places]] if places else table.iloc[:0]
    rate = shown["rate"].to_numpy(dtype=float)
    spread = np.vstack([rate - shown["low"], shown["high"] - rate])
    axes.errorbar(
        rate, places, xerr=spread, fmt="o", color=BLUE, markersize=4, capsize=2, label="95% interval" if first else None
    )
    axes.axvline(whole, color=GREY, linestyle="--", linewidth=1, label="all customers" if first else None)
    sizes = dict(zip(table.index.to_list(), table["customers"], strict=True))
    labels = [name if group is None else f"{group}  ({count(sizes[(name, group)])})" for name, group in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=SMALL - 0.5)
    axes.tick_params(axis="y", length=0)
    for tick, (_, group) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if group is None else "normal")
    axes.grid(axis="y", visible=False)
    percent_ticks(axes.xaxis)
    axes.locator_params(axis="x", nbins=5)
