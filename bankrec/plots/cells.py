"""Charts of tables as cells: shares, lifts round 1, counts by month; numbers stand in cells that have room for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from bankrec.number_texts import percent
from bankrec.plots.style import DIVERGING, SMALL, TEXT, WIDTH, Chart, figure, listed

Values = npt.NDArray[np.float64]
_CHARACTER = 0.07  # inches of a letter of a label
_LEVELS = 25  # colours of a diverging scale, the middle one white
# Usual customers, and customers: where both are fewer the colour means nothing, as counts vary by chance.
_UNUSUAL, _MANY = 3.0, 10.0


def shares(table: pd.DataFrame, title: str, xlabel: str) -> Chart:
    """A table of shares (0 to 1) as cells: dark is more, each cell shows its percent, none where it is 0."""
    values = table.to_numpy(dtype=float)
    made, axes, room = _grid(table, title, xlabel, "")
    axes.imshow(np.sqrt(np.nan_to_num(values)), cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(np.nan_to_num(values) > 0):
        whole = 100 * values[row, column]
        text = f"{whole:.1f}" if whole < 9.95 else f"{whole:.0f}"
        _write(axes, row, column, text, room, dark=whole > 30)
    made.alt += f" Largest: {_in_words(_cells(table)[:3], percent)}"
    return made


def heat(table: pd.DataFrame, title: str, label: str = "times as often as by chance", ylabel: str = "") -> Chart:
    """A table of lifts as cells: white is 1, orange more, purple less, as the colour bar says; empty where unknown."""
    values = table.to_numpy(dtype=float)
    made, axes, room = _grid(table, title, str(table.columns.name or ""), ylabel, bar=0.9)
    _diverging(made, axes, values, label)
    for row, column in np.argwhere(~np.isnan(values)):
        value = values[row, column]
        text = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
        _write(axes, row, column, text, room, dark=abs(_log(value)) > 0.7 * _reach(values))
    known = _cells(table)
    made.alt += f" Most: {_in_words(known[:3], _times)} Least: {_in_words(known[::-1][:3], _times)}"
    return made


def by_month(counts: pd.DataFrame, title: str, usual: pd.DataFrame, marked: pd.DataFrame | None = None) -> Chart:
    """Counts by product (rows) and month (columns): the colour says how many times the `usual` count of the cell.

    `usual` has the shape of `counts`. Grey: none, or few where few are usual. `marked` has columns product and month:
    these cells have a frame.
    """
    values, expected = counts.to_numpy(dtype=float), usual.to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(values > 0, values / expected, np.nan)
    times[(expected < _UNUSUAL) & (values < _MANY)] = np.nan
    made, axes, room = _grid(counts, title, "month", "", bar=0.9)
    _diverging(made, axes, times, "times the usual count", reach=2.0)
    for row, column in np.argwhere(values > 0):
        dark = abs(_log(times[row, column])) > 1.5 if not np.isnan(times[row, column]) else False
        _write(axes, row, column, short(values[row, column]), room, dark=dark)
    frames = marked if marked is not None else pd.DataFrame(columns=["product", "month"])
    for product, month in zip(frames["product"], frames["month"], strict=True):
        if product in counts.index and month in counts.columns:
            row, column = list(counts.index).index(product), list(counts.columns).index(month)
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=1.6))
    named = {f"{product} in {month}": "" for product, month in zip(frames["product"], frames["month"], strict=True)}
    made.alt += f" {len(counts)} products by {counts.shape[1]} months."
    made.alt += f" Framed as unusual: {listed(named, 8)}" if named else ""
    return made


def short(count: float) -> str:
    """A count in at most four characters: 812, 1.2k, 13k.

    >>> short(812), short(1234), short(12_687)
    ('812', '1.2k', '13k')
    """
    if count < 999.5:
        return f"{count:.0f}"
    return (
        f"{count / 1e3:.1f}k" if count < 9_950 else f"{count / 1e3:.0f}k" if count < 999_500 else f"{count / 1e6:.1f}M"
    )


def _grid(table: pd.DataFrame, title: str, xlabel: str, ylabel: str, bar: float = 0.0) -> tuple[Chart, Axes, float]:
    """An empty chart of cells with their labels, and the inches that a cell is wide."""
    rows, columns = [str(name) for name in table.index], [str(name) for name in table.columns]
    left = _CHARACTER * max(map(len, rows), default=0)
    under = 0.75 * _CHARACTER * max(map(len, columns), default=0)
    line = 0.24 if len(rows) <= 30 else 0.16
    made, axes = figure(title, xlabel, ylabel, height=line * max(len(rows), 3) + under + 1.0)
    room = (WIDTH - left - bar - 0.3) / max(len(columns), 1)
    step = max(1, int(np.ceil(0.13 / max(room, 0.01))))  # a label needs 0.13 inches
    size = SMALL if len(rows) <= 30 else SMALL - 1.5
    axes.set_xticks(range(0, len(columns), step), columns[::step], rotation=55, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", labelsize=SMALL if room > 0.17 else SMALL - 1.5, length=0)
    axes.set_yticks(range(len(rows)), rows, fontsize=size)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    return made, axes, room


def _write(axes: Axes, row: int, column: int, text: str, room: float, *, dark: bool) -> None:
    """The number of a cell, where it has room."""
    size = SMALL - 0.5 if room > 0.36 else SMALL - 1.4
    if 0.62 * size / 72 * len(text) > room:
        return
    ink = "white" if dark else "black"
    written = axes.text(column, row, text, ha="center", va="center", fontsize=size, color=ink)
    written.set_in_layout(False)  # it lies in its cell: the layout need not look at thousands of them


def _log(value: float) -> float:
    return float(np.log2(np.clip(value, 0.05, 50)))


def _reach(values: Values) -> float:
    """How far the colours reach on both sides of 1, in doublings: at least one, at most four."""
    known = values[~np.isnan(values)]
    return float(np.clip(max((abs(_log(value)) for value in known), default=1.0), 1.0, 4.0))


def _diverging(made: Chart, axes: Axes, values: Values, label: str, reach: float | None = None) -> None:
    reach = reach or _reach(values)
    shade = np.ma.masked_invalid(np.log2(np.clip(values, 0.05, 50)))
    image = axes.imshow(
        shade, cmap=colormaps[DIVERGING].resampled(_LEVELS), norm=TwoSlopeNorm(0, -reach, reach), aspect="auto"
    )
    axes.set_facecolor("#EEEEEE")
    whole, ends = int(np.floor(reach)), 2.0**reach
    if np.nanmax(values, initial=1.0) > ends or np.nanmin(values, initial=1.0) < 1 / ends:
        label += f"\n(colours end at {ends:.3g} and 1/{ends:.3g})"
    made.colorbar(
        image,
        ax=axes,
        label=label,
        shrink=0.8,
        aspect=30,
        pad=0.02,
        ticks=range(-whole, whole + 1),
        format=FuncFormatter(lambda value, _: f"{2**value:g}" if value >= 0 else f"1/{2**-value:g}"),
    ).ax.tick_params(labelsize=SMALL)
    made.axes[-1].yaxis.label.set_fontsize(TEXT)


def _times(value: float) -> str:
    return f"{value:.1f} times"


def _cells(table: pd.DataFrame) -> list[tuple[str, float]]:
    """The known cells: row and column in words, and the value, the largest first."""
    known: Any = table.astype(float).stack().dropna()
    largest_first = known.sort_values(ascending=False, kind="stable")
    return [(f"{row} and {column}", value) for (row, column), value in largest_first.items()]


def _in_words(cells: list[tuple[str, float]], text: Callable[[float], str]) -> str:
    return listed({name: text(value) for name, value in cells})
