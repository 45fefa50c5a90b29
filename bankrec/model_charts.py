"""Charts of the models: learning curves, importance, ALS factors, calibration, ablation, forecasts by product."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bankrec import charts
from bankrec.plots.style import BLUE, GREY, ORANGE, SMALL, Chart, panels

ROW = 0.25  # inches a row
TOPICS = 12  # rows of the chart of importance
LEAST = 1e-5  # probability at which the axes of a reliability chart begin


def _legend_below(made: Chart, axes: Axes) -> None:
    """The legend of one panel, under the figure and off the data."""
    handles, labels = axes.get_legend_handles_labels()
    made.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=SMALL, frameon=False)


def learning_curves(table: pd.DataFrame) -> Chart:
    """A panel a model: loss by step, on the months learned from and on the month evaluated."""
    models = list(table["model"].unique())
    made, parts = panels("Learning curves: loss by step", len(models), 3.4)
    marks = {"months learned from": (GREY, "--"), "month evaluated": (BLUE, "-")}
    for axes, model in zip(parts, models, strict=True):
        for data, (colour, dash) in marks.items():
            rows = table[(table["model"] == model) & (table["data"] == data)]
            alone = "D" if len(rows) == 1 else ""
            axes.plot(rows["step"], rows["loss"], dash, marker=alone, color=colour, label=data)
        axes.set_title(model, fontsize=9)
        axes.set_xlabel("iterations" if "additive" in model else "trees", fontsize=SMALL)
    parts[0].set_ylabel("loss (nats)", fontsize=SMALL)
    _legend_below(made, parts[0])
    return made


def importance(table: pd.DataFrame) -> Chart:
    """A panel a model: importance of the topics, in percent of the model's total."""
    shown = table.head(TOPICS)
    made, parts = panels("Importance of the topics in each model", table.shape[1], ROW * len(shown) + 1.3, sharey=True)
    for axes, model in zip(parts, table.columns, strict=True):
        axes.barh(list(shown.index), shown[model], color=BLUE)
        axes.set_title(model, fontsize=9)
        axes.set_xlabel("% of this model's\ntotal importance", fontsize=SMALL)
        axes.grid(axis="y", visible=False)
    parts[0].invert_yaxis()
    return made


def factors(table: pd.DataFrame) -> Chart:
    """Products by ALS factors as cells: orange is above 0, purple below, white in the middle."""
    made, axes = charts.figure("ALS factors of the products", "factor", "", height=ROW * len(table) + 1.5)
    values = table.to_numpy(dtype=float)
    reach = float(np.abs(values).max()) or 1.0
    drawn = axes.imshow(values, cmap="PuOr_r", vmin=-reach, vmax=reach, aspect="auto")
    axes.grid(visible=False)
    axes.set_xticks(range(values.shape[1]), [str(name) for name in table.columns], fontsize=SMALL)
    axes.set_yticks(range(len(table)), [str(name) for name in table.index], fontsize=SMALL)
    bar = made.colorbar(drawn, ax=axes, fraction=0.05)
    bar.set_label("factor", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    return made


def calibration(bands: dict[str, pd.DataFrame]) -> Chart:
    """Share acquired against mean score by band of score, before and after calibration."""
    made, axes = charts.figure(
        "Calibration: probability and share acquired, by band", "mean probability of the band", "share acquired",
        width=5.5, height=5.0,
    )  # fmt: skip
    edge = [LEAST, 1.0]
    axes.plot(edge, edge, ":", color="black", label="as stated")
    for (name, table), (colour, mark) in zip(bands.items(), ((ORANGE, "s--"), (BLUE, "o-")), strict=True):
        seen = table[(table["recommendations"] > 0) & (table["share acquired"] > 0)]
        spread = 1.96 * seen["standard error"]
        low = np.minimum(spread, 0.95 * seen["share acquired"])
        axes.errorbar(
            seen["mean score"],
            seen["share acquired"],
            yerr=[low, spread],
            fmt=mark,
            color=colour,
            label=name,
            capsize=2,
        )
    axes.set(xscale="log", yscale="log", xlim=edge, ylim=edge)
    _legend_below(made, axes)
    return made


def ablation(table: pd.DataFrame) -> Chart:
    """The gain of each part, with its interval, around 0."""
    made, axes = charts.figure(
        "Ablation: gain of each part", "gain in MAP@7, share of the maximum", "", height=ROW * len(table) + 1.4
    )
    gain = table["gain"].to_numpy(dtype=float)
    errors = np.vstack([gain - table["low"], table["high"] - gain])
    axes.errorbar(gain, [str(name) for name in table.index], xerr=errors, fmt="o", color=BLUE, capsize=2)
    axes.axvline(0.0, color=GREY, linestyle="--")
    axes.margins(y=0.15)
    axes.invert_yaxis()
    axes.tick_params(labelsize=SMALL)
    return made


def forecast(table: pd.DataFrame, share: float) -> Chart:
    """Expected acquisitions with their interval beside the observed ones, a row a product; `table` as `by_product`.

    `share`: the share of months that the interval covers. The axis is logarithmic above 1.
    Products of which less than one is expected and none observed are left out.
    """
    seen = table[(table["acquisitions"] > 0) | (table["expected acquisitions"] >= 1)]
    seen = seen.sort_values("expected acquisitions", ascending=False)
    xlabel = "customers (log scale above 1)"
    made, axes = charts.figure("Forecast and acquisitions by product", xlabel, "", height=ROW * len(seen) + 1.5)
    places, expected = np.arange(len(seen)), seen["expected acquisitions"].to_numpy(dtype=float)
    if "low" in seen:
        axes.hlines(
            places, seen["low"], seen["high"], color=BLUE, alpha=0.35, linewidth=6, label=f"{share:.0%} interval"
        )
    axes.plot(expected, places, "|", color=BLUE, markersize=10, markeredgewidth=2, label="expected")
    axes.plot(seen["acquisitions"], places, "D", color=ORANGE, markersize=5, label="observed")
    axes.set_yticks(places, list(seen["product"]), fontsize=SMALL)
    axes.set_xscale("symlog", linthresh=1.0)
    ends = [
        seen[name].max() for name in ("acquisitions", "expected acquisitions", "high") if name in seen and len(seen)
    ]
    largest = float(max([1.0, *ends]))
    ticks = [tick for tick in (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000) if tick <= 1.5 * largest]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(-0.2, 1.5 * largest)
    axes.grid(axis="y", visible=False)
    axes.tick_params(labelsize=SMALL)
    axes.invert_yaxis()
    _legend_below(made, axes)
    return made
