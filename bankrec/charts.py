"""Charts of the recommender: frames to matplotlib figures, readable in grey, with titles, axes, units."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by the colour-blind; in grey they differ in lightness.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#666666"


def figure(title: str, xlabel: str, ylabel: str, *, width: float = 8.0, height: float = 4.0) -> tuple[Figure, Axes]:
    """An empty figure with a title and axes."""
    made = Figure(figsize=(width, height), layout="constrained")
    axes = made.subplots()
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", alpha=0.25)
    axes.set_axisbelow(True)
    return made, axes


def results(table: pd.DataFrame, title: str) -> Figure:
    """MAP@7 as a share of its maximum, a bar a method; `table` has columns of max, low, high."""
    made, axes = figure(title, "MAP@7, share of the maximum", "")
    share = table["of max"].to_numpy()
    errors = np.vstack([share - table["low"], table["high"] - share])
    bars = axes.barh(table.index, share, xerr=errors, color=[GREY] * (len(table) - 1) + [BLUE], ecolor="black")
    axes.bar_label(bars, labels=[f" {value:.3f}" for value in share], padding=12)
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    return made


def importance(values: pd.Series) -> Figure:
    """The largest importances, in percent of all."""
    top = values.sort_values().tail(20)
    made, axes = figure("What moves the ranker's score", "importance (% of all)", "feature", height=5.5)
    axes.barh(top.index, top.to_numpy(), color=BLUE)
    return made


def recall_by_product(table: pd.DataFrame) -> Figure:
    """Recall in the first seven places by product, with the number of additions; `table` as `by_product`."""
    seen = table[table["additions"] > 0].sort_values("additions")
    made, axes = figure("Share of acquisitions found in the first 7", "recall@7", "", height=5.5)
    labels = [f"{name} ({count:,})" for name, count in zip(seen["product"], seen["additions"], strict=True)]
    axes.barh(labels, seen["recall@7"], color=BLUE)
    axes.set_xlim(0, 1)
    return made


def exposure(table: pd.DataFrame) -> Figure:
    """How often each product is shown in the first seven, beside how often it is added."""
    seen = table.sort_values("shown in first 7")
    made, axes = figure("Exposure: shown in the first 7, and added", "customers (log scale)", "", height=5.5)
    axes.barh(seen["product"], np.maximum(seen["shown in first 7"], 0.5), color=GREY, label="shown in first 7")
    axes.plot(np.maximum(seen["additions"], 0.5), seen["product"], "D", color=ORANGE, label="added")
    axes.set_xscale("log")
    axes.legend(loc="lower right")
    return made


def reliability(table: pd.DataFrame) -> Figure:
    """Share that was added against mean score, by band of score; `table` as `evaluation.reliability`."""
    made, axes = figure("Reliability of the scores", "mean score in the band", "share added", width=5.5, height=5)
    seen = table[table["recommendations"] > 0]
    edge = [1e-5, 1.0]
    axes.plot(edge, edge, "--", color=GREY, label="said = seen")
    share, spread = np.maximum(seen["share added"], 1e-5), 1.96 * seen["standard error"]
    axes.errorbar(seen["mean score"], share, yerr=spread, fmt="o-", color=BLUE)
    axes.set(xscale="log", yscale="log", xlim=edge, ylim=edge)
    axes.legend()
    return made


def forecast(table: pd.DataFrame) -> Figure:
    """Expected against observed additions by product; `table` as `by_product`."""
    made, axes = figure(
        "Forecast: expected and observed additions",
        "observed (customers)",
        "expected (customers)",
        width=5.5,
        height=5,
    )
    x, y = np.maximum(table["additions"], 0.5), np.maximum(table["expected additions"], 0.5)
    axes.plot(x, y, "o", color=BLUE)
    low, high = 0.5, float(max(x.max(), y.max()) * 1.3)
    axes.plot([low, high], [low, high], "--", color=GREY)
    for name, one, other in zip(table["product"], x, y, strict=True):
        if one > 0.03 * high:
            axes.annotate(name, (one, other), fontsize=7, xytext=(4, -8), textcoords="offset points")
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    return made


def by_group(table: pd.DataFrame, whole: float) -> Figure:
    """MAP@7 as a share of the maximum by group of customers, with intervals; `table` as `groups.quality`."""
    seen = table[table["of max"].notna()]
    made, axes = figure("Who is served how well", "MAP@7, share of the maximum", "", height=0.3 * len(seen) + 1.5)
    labels = [
        f"{kind}: {name} ({n:,.0f} add)"
        for kind, name, n in zip(seen["grouping"], seen["group"], seen["adders"], strict=True)
    ]
    share = seen["of max"].to_numpy()
    errors = np.vstack([share - seen["of max low"], seen["of max high"] - share])
    axes.errorbar(share, labels, xerr=errors, fmt="o", color=BLUE)
    axes.axvline(whole, color=GREY, linestyle="--", label="whole bank")
    axes.invert_yaxis()
    axes.legend()
    return made


def bars(values: pd.Series, title: str, xlabel: str, *, log: bool = False) -> Figure:
    """A bar a row, the first on top."""
    made, axes = figure(title, xlabel, "", height=0.25 * len(values) + 1.2)
    axes.barh([str(name) for name in values.index], values.to_numpy(), color=BLUE)
    if log:
        axes.set_xscale("log")
    axes.margins(y=0.01)
    axes.invert_yaxis()
    return made


def lines(table: pd.DataFrame, title: str, ylabel: str) -> Figure:
    """A line a column over the rows, from 0 up; told apart by colour, dashes and marks."""
    made, axes = figure(title, str(table.index.name or ""), ylabel)
    for place, name in enumerate(table.columns):
        style, mark = ("-", "--", "-.", ":")[place % 4], ("o", "s", "^", "D", "v", "x", "P", "*")[place % 8]
        colour = (BLUE, ORANGE, GREEN, GREY)[(place + place // 4) % 4]
        axes.plot(table.index.astype(str), table[name], style, marker=mark, markersize=4, color=colour, label=name)
    axes.set_ylim(bottom=0)
    axes.legend(ncol=1 + len(table.columns) // 5, fontsize=8)
    axes.tick_params(axis="x", rotation=45)
    return made


def columns(values: pd.Series, title: str, xlabel: str, ylabel: str) -> Figure:
    """A histogram that is counted already: a column a band, the bands' lower ends as the index."""
    made, axes = figure(title, xlabel, ylabel, height=3.2)
    bands = values.index.to_numpy(dtype=float)
    width = float(np.min(np.diff(bands))) if len(bands) > 1 else 1.0
    axes.bar(bands, values.to_numpy(), width=0.92 * width, align="edge", color=BLUE)
    return made


def shares(table: pd.DataFrame, title: str, xlabel: str, ylabel: str = "") -> Figure:
    """A table of shares (0 to 1) as cells, dark is more; each cell shows its percent, none where it is 0."""
    made, axes = figure(title, xlabel, ylabel, width=9, height=0.27 * len(table) + 1.6)
    values = table.to_numpy(dtype=float)
    axes.imshow(np.sqrt(np.nan_to_num(values)), cmap="Greys", vmin=0, vmax=1, aspect="auto")
    axes.grid(visible=False)
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(table)), table.index, fontsize=8)
    for row, column in np.argwhere(np.nan_to_num(values) > 0):
        percent = 100 * values[row, column]
        dark = "white" if percent > 30 else "black"
        text = f"{percent:.1f}" if percent < 9.95 else f"{percent:.0f}"
        axes.text(column, row, text, ha="center", va="center", fontsize=7, color=dark)
    return made


def heat(table: pd.DataFrame, title: str) -> Figure:
    """A square of lifts, dark is more; each cell shows its number."""
    made, axes = figure(title, "", "", width=8.5, height=7)
    values = table.to_numpy(dtype=float)
    shade = np.log(np.where(np.isnan(values), 1.0, np.maximum(values, 0.05)))
    axes.imshow(shade, cmap="cividis_r")
    axes.grid(visible=False)
    axes.set_xticks(range(len(table)), table.columns, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(table)), table.index, fontsize=8)
    middle = (shade.min() + shade.max()) / 2
    for row, column in np.argwhere(~np.isnan(values)):
        ink = "white" if shade[row, column] > middle else "black"
        axes.text(column, row, f"{values[row, column]:.1f}", ha="center", va="center", fontsize=7, color=ink)
    return made
