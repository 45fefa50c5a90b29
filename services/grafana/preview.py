"""A preview of the dashboard: sends every panel's queries to Prometheus and draws the answers.

`python services/grafana/preview.py --prometheus http://localhost:9090` writes `docs/dashboard_preview.png`.
The stack must run (`make up`) and have had traffic (`python3 services/test_requests.py`). Panels keep their order, but
not their sizes: three charts a row, so that their texts can be read at half the size of the picture.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import requests
from matplotlib.axes import Axes

SERVICES = Path(__file__).resolve().parent.parent
ROOT = SERVICES.parent
DPI, WIDTH = 75, 19.2  # of the picture: pixels an inch, inches
COLUMNS = 3  # charts a row
TOP, NUMBERS, CHART = 0.5, 1.7, 3.9  # inches of the heading, of the row of numbers, of a chart
TITLE, TEXT, SMALL = 18, 14, 13  # sizes of type, in points
UNITS = {"s": "ms", "percentunit": "%", "bytes": "MB", "reqps": "/s"}
BAND = re.compile(r"(?:<|>=)?(\d[\d.]*)")  # as scores are labelled: <0.001, 0.001-0.003, >=0.3
COLOURS = {"green": "#3b8f4d", "yellow": "#c79a1b", "red": "#c23b3b", "blue": "#3465a4"}


def ask(url: str, expression: str, minutes: float) -> list[dict[str, Any]]:
    """Series of an expression over the last minutes: `metric` and `values` [(time, text)]."""
    end = time.time()
    asked: dict[str, Any] = {"query": expression, "start": end - 60 * minutes, "end": end, "step": 5}
    answer = requests.get(f"{url}/api/v1/query_range", params=asked, timeout=30)
    answer.raise_for_status()
    return list(answer.json()["data"]["result"])


def scaled(value: float, unit: str) -> float:
    """A value in the unit that is shown for it."""
    return value * {"percentunit": 100, "bytes": 1e-6, "s": 1e3}.get(unit, 1)


def written(value: float, unit: str) -> str:
    """A value with its unit, short."""
    if unit == "dateTimeAsIso":
        return time.strftime("%Y-%m-%d", time.gmtime(value / 1000))
    if unit == "s" and value > 86_400:
        return f"{value / 86_400:.1f} days"
    if unit == "s" and value >= 60:
        return f"{value / 60:.0f} min"
    number = f"{value:,.0f}" if value >= 1_000 else f"{scaled(value, unit):.3g}"
    return f"{number} {UNITS.get(unit, '')}".strip()


def name_of(series: dict[str, Any], legend: str) -> str:
    """The legend with its labels filled in."""
    for label, value in series["metric"].items():
        legend = legend.replace("{{" + label + "}}", value)
    return legend


def draw(axes: Axes, panel: dict[str, Any], url: str, minutes: float) -> None:
    """Draw one panel."""
    unit, kind = panel["fieldConfig"]["defaults"]["unit"], panel["type"]
    series = []
    for target in panel["targets"]:
        expression = target["expr"].replace("$instance", ".*").replace("$interval", "1m")
        series += [(name_of(one, target["legendFormat"]), one["values"]) for one in ask(url, expression, minutes)]
    axes.set_title(panel["title"], fontsize=TITLE, loc="left", fontweight="bold", pad=6)
    axes.tick_params(labelsize=TEXT, length=3)
    if not series:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", fontsize=TITLE, transform=axes.transAxes)
        return
    {"stat": stat, "bargauge": bars, "heatmap": heat}.get(kind, lines)(axes, series, unit, panel)


def stat(axes: Axes, series: list[Any], unit: str, panel: dict[str, Any]) -> None:
    """One number on the colour of its threshold."""
    value, colour = float(series[0][1][-1][1]), "#888888"
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            colour = COLOURS[step["color"]]
    axes.set_facecolor(colour)
    axes.text(0.5, 0.45, written(value, unit), ha="center", va="center", color="white", fontsize=20,
              fontweight="bold", transform=axes.transAxes)  # fmt: skip
    axes.set(xticks=[], yticks=[])


def bars(axes: Axes, series: list[Any], unit: str, _: dict[str, Any]) -> None:
    """The last value of each series: bands of numbers in their order, other series from the largest down, at most 8."""
    last = {name: float(values[-1][1]) for name, values in series if values}
    bands = all(BAND.match(name) for name in last)
    names = sorted(last, key=lower_bound) if bands else sorted(last, key=lambda name: -last[name])[:8]
    axes.barh(names[::-1], [scaled(last[name], unit) for name in names[::-1]], color=COLOURS["blue"])
    axes.set_xlabel(UNITS.get(unit, ""), fontsize=TEXT, labelpad=1)


def lower_bound(band: str) -> tuple[float, bool]:
    """Sorts `<0.001` before `0.001-0.003` before `>=0.3`."""
    number = BAND.match(band)
    return (float(number[1]) if number else math.inf, not band.startswith("<"))


def heat(axes: Axes, series: list[Any], _: str, __: dict[str, Any]) -> None:
    """Requests by bucket of latency, over time."""
    series = sorted(series, key=lambda one: float(one[0].replace("+Inf", "inf")))
    times = sorted({moment for _, values in series for moment, _ in values})
    grid = np.array([[float(dict(values).get(moment, 0)) for moment in times] for _, values in series])
    grid = np.diff(grid, axis=0, prepend=0)
    minutes = (np.array(times) - times[-1]) / 60
    axes.pcolormesh(minutes, range(len(series)), np.maximum(grid, 0), cmap="Oranges", shading="nearest")
    axes.set_yticks(range(0, len(series), 2), [name for name, _ in series][::2])
    axes.set_ylabel("s", fontsize=TEXT, labelpad=1)


def lines(axes: Axes, series: list[Any], unit: str, panel: dict[str, Any]) -> None:
    """Series over time, in minutes before now."""
    newest = max(values[-1][0] for _, values in series)
    stacked = panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {}).get("mode") == "normal"
    bottom: dict[float, float] = {}
    for name, values in series:
        moments = [moment for moment, _ in values]
        heights = [scaled(float(value), unit) for _, value in values]
        if stacked:
            below = [bottom.get(moment, 0) for moment in moments]
            heights = [height + base for height, base in zip(heights, below, strict=True)]
            bottom.update(zip(moments, heights, strict=True))
            axes.fill_between([(moment - newest) / 60 for moment in moments], below, heights, alpha=0.25)
        axes.plot([(moment - newest) / 60 for moment in moments], heights, linewidth=2, label=name)
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        top = scaled(step["value"] or math.inf, unit)
        if step["color"] != "green" and top < axes.get_ylim()[1]:
            axes.axhline(top, color=COLOURS[step["color"]], linewidth=1.5, linestyle="--")
    axes.set_ylim(0, max(axes.get_ylim()[1], 1e-3) * 1.6)  # room for the legend
    axes.set_ylabel(UNITS.get(unit, ""), fontsize=TEXT, labelpad=1)
    axes.legend(
        fontsize=SMALL, loc="upper left", frameon=False, ncols=2, borderpad=0.1, handlelength=1, columnspacing=1
    )
    axes.grid(alpha=0.2)


def main() -> None:
    """Query Prometheus, draw the panels, write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prometheus", default="http://localhost:9090", help="address of Prometheus")
    parser.add_argument("--minutes", type=float, default=6, help="how far back (6)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/dashboard_preview.png")
    arguments = parser.parse_args()
    url = arguments.prometheus.rstrip("/")
    dashboard = json.loads((SERVICES / "dashboard.json").read_text())
    switches = [one["values"][0][0] for one in ask(url, dashboard["annotations"]["list"][0]["expr"], arguments.minutes)]
    numbers = [panel for panel in dashboard["panels"] if panel["type"] == "stat"]
    charts = [panel for panel in dashboard["panels"] if panel["type"] != "stat"]
    high = TOP + NUMBERS + CHART * math.ceil(len(charts) / COLUMNS)
    figure = plt.figure(figsize=(WIDTH, high))
    heading = "Queries of the dashboard over test traffic, drawn by matplotlib, not by Grafana; minutes before now"
    figure.text(0.01, 1 - 0.3 / high, f"{heading}; purple: another set is in use from here on", fontsize=TEXT)
    for place, panel in enumerate(numbers):
        left, width = (place + 0.06) / len(numbers), 0.88 / len(numbers)
        draw(figure.add_axes((left, 1 - (TOP + 1.45) / high, width, 0.95 / high)), panel, url, arguments.minutes)
    for place, panel in enumerate(charts):
        row, column = divmod(place, COLUMNS)
        left = {"bargauge": 0.42, "heatmap": 0.19}.get(panel["type"], 0.14)
        base = TOP + NUMBERS + CHART * (row + 1) - 0.55
        box = ((column + left) / COLUMNS, 1 - base / high, (0.97 - left) / COLUMNS, (CHART - 1.15) / high)
        draw(figure.add_axes(box), panel, url, arguments.minutes)
        if panel["type"] == "timeseries":
            for moment in switches:
                figure.axes[-1].axvline((moment - time.time()) / 60, color="purple", linewidth=1.5)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(arguments.output, dpi=DPI)
    print(f"{arguments.output}: {len(numbers) + len(charts)} panels, {arguments.output.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
