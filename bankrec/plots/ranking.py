"""Charts of ranked lists: methods, features, products, probabilities, groups of customers."""

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
    SMALL,
    Chart,
    below,
    figure,
    height_of,
    listed,
    log_ticks,
    percent_ticks,
    rows_of,
    write_beside,
)
from bankrec.results import Interval


def results(table: pd.DataFrame, title: str) -> Chart:
    """MAP@7 as a share of its maximum, a dot a method, the last one blue; `table` has columns of max, low, high."""
    made, axes = figure(title, "MAP@7, share of the maximum, with 95% interval", "", height=height_of(len(table)))
    share, places = table["of max"].to_numpy(dtype=float), rows_of(axes, [str(name) for name in table.index])
    errors = np.vstack([share - table["low"], table["high"] - share])
    bars = axes.barh(places, share, height=0.7, color=["#BBBBBB"] * (len(table) - 1) + [BLUE])
    axes.errorbar(share, places, xerr=errors, fmt="none", ecolor="black", elinewidth=1, capsize=2)
    for place, value in zip(places, share, strict=True):
        write_beside(axes, place, f"{value:.3f}")
    axes.set_xlim(0, 1)
    made.alt += f" {listed({str(n): f'{v:.3f}' for n, v in zip(table.index, share, strict=True)}, len(bars))}"
    return made


def importance(values: pd.Series) -> Chart:
    """The twenty largest importances, in percent of all, the largest on top."""
    top = values[values > 0].sort_values(ascending=False).head(20)
    title, xlabel = "What moves the ranker's score", "importance (% of all features)"
    made, axes = figure(title, xlabel, "", height=height_of(len(top)))
    places = rows_of(axes, [str(name) for name in top.index])
    axes.barh(places, top.to_numpy(), height=0.7, color=BLUE)
    for place, value in zip(places, top.to_numpy(dtype=float), strict=True):
        write_beside(axes, place, f"{value:.1f}")
    made.alt += f" {listed({str(name): f'{value:.1f}%' for name, value in top.items()})}"
    return made


def recall_by_product(table: pd.DataFrame) -> Chart:
    """Recall at k by product: the share of its acquisitions that are in the first k places; `table` as `by_product`.

    A mark for each column `recall@k` of the table; the interval (Wilson's, 95%) is of the largest k.
    """
    seen = table[table["acquisitions"] > 0].sort_values("acquisitions", ascending=False, kind="stable")
    depths = sorted(
        (int(name.removeprefix("recall@")) for name in map(str, seen.columns) if name.startswith("recall@")),
        reverse=True,
    )
    numbers = [str(depth) for depth in depths[::-1]]
    first_places = " or ".join(filter(None, [", ".join(numbers[:-1]), numbers[-1]]))
    made, axes = figure(
        f"Recall by product: share of its acquisitions in the first {first_places} places",
        "recall",
        "",
        height=height_of(len(seen), 1.2 + LINE),
    )
    labels = [f"{name} ({count:,})" for name, count in zip(seen["product"], seen["acquisitions"], strict=True)]
    places = rows_of(axes, labels)
    hits = seen[f"recall@{depths[0]}"] * seen["acquisitions"]
    spread = [Interval.of_share(part, whole) for part, whole in zip(hits, seen["acquisitions"], strict=True)]
    ends = [one.low for one in spread], [one.high for one in spread]
    axes.hlines(places, *ends, color="#9CCBE6", linewidth=5, label=f"95% interval of recall@{depths[0]}")
    for depth, colour, mark in zip(depths, (BLUE, ORANGE, GREEN, GREY), "osD^", strict=False):
        axes.plot(seen[f"recall@{depth}"], places, mark, color=colour, markersize=5, label=f"recall@{depth}")
    axes.set_xlim(-0.02, 1.02)
    percent_ticks(axes.xaxis)
    below(made)
    columns = [map(percent, seen[f"recall@{depth}"]) for depth in depths[::-1]]
    recalls = dict(zip(labels, map(" / ".join, zip(*columns, strict=True)), strict=True))
    made.alt += f" {' / '.join(f'recall@{depth}' for depth in depths[::-1])}: {listed(recalls)}"
    return made


def exposure(table: pd.DataFrame) -> Chart:
    """To how many customers each product is shown in the first seven places, and how many acquire it.

    On a log scale; both are printed at the right, so that a 0 needs no mark.
    """
    seen = table.sort_values("shown in first 7", ascending=False, kind="stable")
    title = "Exposure: customers who are shown a product, and who acquire it"
    made, axes = figure(title, "customers (log scale)", "", height=height_of(len(seen), 1.3 + LINE))
    places = rows_of(axes, [str(name) for name in seen["product"]])
    axes.set_xscale("log")
    shown, acquired = (seen[name].to_numpy(dtype=float) for name in ("shown in first 7", "acquisitions"))
    for counts, label, colour, mark in (
        (shown, "shown in the first 7", GREY, "o"),
        (acquired, "acquired", ORANGE, "D"),
    ):
        drawn = counts >= 0.5
        axes.plot(counts[drawn], places[drawn], mark, color=colour, markersize=5, label=label)
    pairs = [f"{count(a)} / {count(b)}" for a, b in zip(shown, acquired, strict=True)]
    for place, text in zip(places, pairs, strict=True):
        write_beside(axes, place, text)
    axes.set_title("shown in the first 7 / acquired", loc="right", fontsize=SMALL)
    log_ticks(axes.xaxis)
    below(made)
    made.alt += f" shown in the first 7 / acquired: {listed(dict(zip(seen['product'], pairs, strict=True)))}"
    return made


def reliability(table: pd.DataFrame) -> Chart:
    """Share that was acquired against mean score, by band of score; `table` as `evaluation.tables.reliability`.

    A band in which nobody acquired anything has no place on a log scale and is left out.
    """
    made, axes = figure("Reliability of the scores", "mean score of the band", "share acquired", width=5.6, height=5)
    seen = table[(table["recommendations"] > 0) & (table["share acquired"] > 0)]
    edge = [1e-5, 1.0]
    axes.plot(edge, edge, "--", color=GREY, label="perfect calibration")
    share, spread = seen["share acquired"], 1.96 * seen["standard error"]
    down = np.minimum(spread, 0.95 * share)  # a log scale has no 0
    axes.errorbar(seen["mean score"], share, yerr=np.vstack([down, spread]), fmt="o-", color=BLUE, label="95% interval")
    axes.set(xscale="log", yscale="log", xlim=edge, ylim=edge)
    percent_ticks(axes.xaxis)
    percent_ticks(axes.yaxis)
    below(made)
    bands = {f"score {percent(s)}": f"acquired {percent(a)}" for s, a in zip(seen["mean score"], share, strict=True)}
    made.alt += f" {listed(bands, 12)}"
    return made


def by_group(table: pd.DataFrame, whole: float) -> Chart:
    """MAP@7 as a share of the maximum by group of customers, with intervals; `table` as `groups.quality`."""
    seen = table[table["of max"].notna()]
    xlabel = "MAP@7, share of the maximum, with 95% interval"
    made, axes = figure("Who is served how well", xlabel, "", height=height_of(len(seen), 1.2 + LINE))
    labels = [
        f"{kind}: {name} ({n:,.0f})"
        for kind, name, n in zip(seen["grouping"], seen["group"], seen["acquirers"], strict=True)
    ]
    share, places = seen["of max"].to_numpy(dtype=float), rows_of(axes, labels)
    errors = np.vstack([share - seen["of max low"], seen["of max high"] - share])
    axes.errorbar(
        share,
        places,
        xerr=errors,
        fmt="o",
        color=BLUE,
        markersize=5,
        capsize=2,
        label="group (customers with an acquisition)",
    )
    axes.axvline(whole, color=GREY, linestyle="--", label="whole bank")
    below(made, 2)
    made.alt += f" Whole bank {whole:.3f}. {listed({n: f'{v:.3f}' for n, v in zip(labels, share, strict=True)}, 12)}"
    return made
