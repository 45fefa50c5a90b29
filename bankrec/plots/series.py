"""Charts of series: bars, histograms, lines by month, intervals by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec.number_texts import count, percent
from bankrec.plots.style import (
    BLUE,
    GREEN,
    GREY,
    LINE,
    ORANGE,
    PINK,
    SMALL,
    WIDTH,
    Chart,
    below,
    figure,
    height_of,
    listed,
    log_ticks,
    months_below,
    panels,
    percent_ticks,
    rows_of,
    thousands,
    write_beside,
)

THIS = "this data"  # in a legend, beside data that are named
_STYLES, _MARKS = ("-", "--", "-.", ":"), ("o", "s", "^", "D", "v", "x", "P", "*")


def bars(
    values: pd.Series,
    title: str,
    xlabel: str,
    *,
    log: bool = False,
    share: bool = False,
    beside: pd.Series | None = None,
) -> Chart:
    """A bar a row, the first on top, its number at its end; on a log scale a dot, as a length would mean nothing.

    `share`: the numbers are shares, in percent. `beside`: the same rows of other data, named by the series.
    """
    labels, numbers = [str(name) for name in values.index], values.to_numpy(dtype=float)
    made, axes = figure(title, xlabel, "", height=height_of(len(values), 1.2 + (LINE if beside is not None else 0)))
    places, text = rows_of(axes, labels), percent if share else count
    named = str(values.name or xlabel) if beside is None else THIS
    seen = numbers > 0
    if log:
        axes.set_xscale("log")
        axes.plot(numbers[seen], places[seen], "o", color=BLUE, markersize=5, label=named)
    else:
        axes.barh(places[seen], numbers[seen], height=0.7, color=BLUE, label=named)
    if beside is not None:
        other = beside.reindex(values.index).to_numpy(dtype=float)
        drawn = other > 0
        axes.plot(other[drawn], places[drawn], "D", color=ORANGE, markersize=5, label=str(beside.name))
        below(made)
    for place, number in zip(places, numbers, strict=True):
        if log or beside is not None:
            write_beside(axes, place, text(number))
        else:
            axes.annotate(f" {text(number)}", (max(number, 0), place), va="center", fontsize=SMALL)
    if not log:
        axes.set_xlim(0, 1.12 * max(float(np.nanmax(numbers, initial=0)), 1e-9))
    if share:
        percent_ticks(axes.xaxis)
    elif not log:
        thousands(axes.xaxis)
    made.alt += f" {xlabel}: {listed(dict(zip(labels, map(text, numbers), strict=True)))}"
    return made


def histograms(values: dict[str, pd.Series], title: str, ylabel: str) -> Chart:
    """Histograms side by side, by what is on the axis: counts of bands, with their lower ends as the index."""
    made, parts = panels(title, len(values), 2.9)
    for part, (name, counts) in zip(parts, values.items(), strict=True):
        bands, numbers = counts.index.to_numpy(dtype=float), counts.to_numpy(dtype=float)
        width = float(np.min(np.diff(bands))) if len(bands) > 1 else 1.0
        part.bar(bands, numbers, width=width, align="edge", color=BLUE)
        part.set_xlabel(name, fontsize=SMALL + 0.5)
        part.grid(axis="x", visible=False)
        thousands(part.yaxis)
        part.locator_params(axis="x", nbins=6)
        if len(numbers):
            made.alt += f" {name}: the tallest column begins at {bands[numbers.argmax()]:g}."
    for part in parts[:1]:
        part.set_ylabel(ylabel, fontsize=SMALL + 0.5)
    return made


def lines(table: pd.DataFrame, title: str, ylabel: str, *, log: bool = False) -> Chart:
    """A line a column over the rows, from 0 up; distinguished by colour, dashes and marks, named under the chart.

    `log`: on a log scale, where a 0 is a gap.
    """
    per_row = 4 if max((len(str(name)) for name in table.columns), default=0) < 18 else 3
    made, axes = figure(title, str(table.index.name or ""), ylabel, height=3.6 + 0.2 * (len(table.columns) // per_row))
    for place, name in enumerate(table.columns):
        colour = (BLUE, ORANGE, GREEN, GREY, PINK)[place % 5]
        style, mark = _STYLES[(place // 5) % 4], _MARKS[place % 8]
        values = table[name].where(table[name] > 0) if log else table[name]
        axes.plot(range(len(table)), values, style, marker=mark, markersize=4, linewidth=1.4, color=colour, label=name)
    months_below(axes, [str(name) for name in table.index])
    if log:
        axes.set_yscale("log")
        log_ticks(axes.yaxis)
    else:
        axes.set_ylim(bottom=0)
    if not log and table.to_numpy(dtype=float).size and np.nanmax(table.to_numpy(dtype=float)) > 20:
        thousands(axes.yaxis)
    if len(table.columns) > 1:
        below(made, per_row)
    made.alt += f" {ylabel} by {table.index.name or 'row'}; lines: {', '.join(map(str, table.columns))}."
    return made


def monthly(table: pd.DataFrame, title: str, ylabel: str, *, beside: pd.Series | None = None) -> Chart:
    """A share by month with its interval: `table` has columns share, low, high; `beside` are other shares by month."""
    made, axes = figure(title, "month", ylabel, height=3.5)
    places, share = np.arange(len(table)), table["share"].to_numpy(dtype=float)
    spread = np.vstack([share - table["low"], table["high"] - share])
    axes.errorbar(
        places, share, yerr=spread, fmt="o-", color=BLUE, capsize=2, markersize=4, label=f"{THIS}, 95% interval"
    )
    if beside is not None:
        other = beside.reindex(table.index).to_numpy(dtype=float)
        axes.plot(places, other, "D", color=ORANGE, markersize=5, label=str(beside.name))
    months_below(axes, [str(name) for name in table.index])
    axes.set_ylim(bottom=0)
    percent_ticks(axes.yaxis)
    below(made)
    if len(table):
        highest, lowest = table["share"].idxmax(), table["share"].idxmin()
        made.alt += f" Highest in {highest} ({percent(share.max())}), lowest in {lowest} ({percent(share.min())})."
    return made


def parts(table: pd.DataFrame, title: str) -> Chart:
    """What each row is made of: `table` has an index of row and part and a column share; parts of a row sum to 1.

    A part is named where its name has room; the largest stands first, in the darkest shade.
    """
    names = list(dict.fromkeys(table.index.get_level_values(0)))
    made, axes = figure(title, "share of the rows", "", height=height_of(len(names), 1.1))
    places = rows_of(axes, [str(name) for name in names])
    for place, name in zip(places, names, strict=True):
        row, start = table.loc[name, "share"].sort_values(ascending=False, kind="stable"), 0.0
        for shade, (part, share) in enumerate(row[row > 0].items()):
            colour = (BLUE, "#56A5D0", "#9CCBE6", "#C9E1EF", "#E3EEF5")[min(shade, 4)]
            axes.barh(place, share, left=start, height=0.78, color=colour, edgecolor="white", linewidth=0.6)
            text = f"{part} {percent(share)}"
            text = text if _fits(text, share) else str(part)
            if _fits(text, share):
                ink = "white" if shade == 0 else "black"
                axes.text(start + share / 2, place, text, ha="center", va="center", fontsize=SMALL - 0.5, color=ink)
            start += share
        made.alt += f" {name}: {listed({str(part): percent(share) for part, share in row.items()}, 2)}"
    axes.set_xlim(0, 1)
    percent_ticks(axes.xaxis)
    return made


def _fits(text: str, share: float) -> bool:
    """Whether a text has room in a bar over a share of the chart's width."""
    return 0.066 * len(text) < share * (WIDTH - 1.4)
