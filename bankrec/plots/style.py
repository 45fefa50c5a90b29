"""The one style of all charts: colours, sizes, numbers, titles, and the text that replaces the picture."""

from __future__ import annotations

import io
import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from PIL import Image

# Okabe and Ito's colours, distinguished by the colour-blind; in grey they differ in lightness.
BLUE, ORANGE, GREEN, GREY, PINK = "#0072B2", "#E69F00", "#009E73", "#666666", "#CC79A7"
DIVERGING = "PuOr_r"  # orange is more, purple is less: distinguished by the colour-blind, white in the middle
WIDTH = 7.0  # inches: 700 pixels where the chart is shown
SHARP = 120  # dots an inch in the picture, which is shown at 100: sharp, and small enough for a notebook
TEXT, SMALL = 9.0, 8.0  # points
LINE = 0.22  # inches of a row of text with its bar
_TITLE_CHARACTERS = 92


class Chart(Figure):
    """A figure with `alt`, its content in words, for screen readers and wherever no picture can be shown."""

    alt: str = ""

    def of(self, data: str) -> Chart:
        """The same chart; its title names the data that it shows."""
        _title(self, f"{self.get_suptitle()}\n{data}")
        self.alt = f"{self.alt} Data: {data}."
        return self

    def png(self) -> bytes:
        """The picture in 256 colours: a third of the size, and no difference to the eye."""
        drawn = io.BytesIO()
        self.savefig(drawn, format="png", dpi=SHARP)
        small = io.BytesIO()
        Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        return small.getvalue()

    def _ipython_display_(self) -> None:
        """Show the picture in a notebook, 100 pixels an inch, with its text."""
        from IPython.display import display

        shown = {"image/png": self.png(), "text/plain": self.alt}
        display(shown, metadata={"image/png": {"alt": self.alt, "width": round(100 * self.get_figwidth())}}, raw=True)  # type: ignore[no-untyped-call]


def figure(title: str, xlabel: str, ylabel: str, *, width: float = WIDTH, height: float = 3.8) -> tuple[Chart, Axes]:
    """An empty chart with a title and axes."""
    made = Chart(figsize=(width, height), layout="constrained")
    wrapped = textwrap.fill(title, int(_TITLE_CHARACTERS * width / WIDTH))
    _title(made, wrapped)
    axes = made.subplots()
    axes.set_xlabel(xlabel, fontsize=TEXT)
    axes.set_ylabel(ylabel, fontsize=TEXT)
    plain(axes)
    made.alt = f"{title}."
    return made, axes


def panels(title: str, count: int, height: float, *, sharey: bool = False) -> tuple[Chart, list[Axes]]:
    """A chart of `count` panels beside each other, in the style of `figure`."""
    made, first = figure(title, "", "", height=height)
    first.remove()
    parts = list(made.subplots(1, count, sharey=sharey, squeeze=False)[0]) if count else []
    for axes in parts:
        plain(axes)
    return made, parts


def _title(made: Chart, text: str) -> None:
    made.suptitle(text, x=0.01, ha="left", fontsize=TEXT + 1)


def plain(axes: Axes) -> None:
    """No frame, a light grid behind the data, small labels."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", alpha=0.25)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL)


def rows_of(axes: Axes, labels: list[str]) -> np.ndarray[Any, Any]:
    """A row a label, the first on top; returns their heights."""
    places = np.arange(len(labels), dtype=float)
    axes.set_yticks(places, labels, fontsize=SMALL if len(labels) <= 40 else SMALL - 1)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    return places


def height_of(rows: int, rest: float = 1.2) -> float:
    """Inches of a chart with a row a label; `rest` for title, axis and legend."""
    return LINE * max(rows, 2) + rest


def below(made: Chart, columns: int = 4) -> None:
    """The legend of all axes, under the chart and off the data."""
    made.legend(loc="outside lower center", ncols=columns, fontsize=SMALL, frameon=False)


def log_ticks(axis: Any) -> None:
    """Ticks of a log scale as whole numbers, 1, 10, 100, and 2 and 5 of each where the data is close; called last."""
    low, high = sorted(axis.get_view_interval())
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * max(low, 1e-9) else (1,)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def percent_ticks(axis: Any) -> None:
    """Ticks of shares, in percent."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.10g}%"))


def write_beside(axes: Axes, place: float, text: str) -> None:
    """A figure at the right of a row, off the data."""
    where: Any = ("axes fraction", "data")
    axes.annotate(text, (1.01, place), xycoords=where, va="center", fontsize=SMALL, annotation_clip=False)


def thousands(axis: Any) -> None:
    """Ticks of whole numbers with commas."""
    axis.set_major_locator(MaxNLocator("auto", integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def months_below(axes: Axes, labels: list[str]) -> None:
    """A tick a month, or every second, third ... where there are more than 18."""
    step = -(-len(labels) // 18)
    axes.set_xticks(range(0, len(labels), step), labels[::step], rotation=45, ha="right", fontsize=SMALL)


def listed(values: dict[str, str], most: int = 6) -> str:
    """Names with what is shown of them, in words: the first `most` and how many more there are."""
    parts = [f"{name} {value}" for name, value in list(values.items())[:most]]
    rest = len(values) - len(parts)
    return "; ".join(parts) + (f"; and {rest} more" if rest > 0 else "") + "."
