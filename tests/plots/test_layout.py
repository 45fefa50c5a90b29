"""Labels do not collide, and nothing lies on the data, at any number of products."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from bankrec import charts
from bankrec.plots.style import Chart

COUNTS = (2, 24, 48)


def products(n: int) -> list[str]:
    return [f"Particular plus account {place}" for place in range(n)]


def by_product(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "product": products(n),
            "acquisitions": rng.integers(0, 10_000, n),
            "shown in first 7": rng.integers(0, 900_000, n),
            "recall@7": rng.random(n),
        }
    )


def square(n: int) -> pd.DataFrame:
    values = np.exp2(np.random.default_rng(0).normal(0, 2, (n, n)))
    return pd.DataFrame(values, index=products(n), columns=products(n))


def counts(n: int, months: int = 16) -> pd.DataFrame:
    values = np.random.default_rng(0).integers(0, 20_000, (n, months))
    return pd.DataFrame(values, index=products(n), columns=[f"2015-{month:02}" for month in range(months)])


def rates(n: int) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([(f"column {place // 6}", f"group {place}") for place in range(n)])
    return pd.DataFrame({"rate": 0.03, "low": 0.02, "high": 0.05, "customers": 12_345}, index=index)


MADE = {
    "bars": lambda n: charts.bars(pd.Series(range(n), index=products(n)), "t", "customers"),
    "bars beside": lambda n: charts.bars(
        pd.Series(np.linspace(0.001, 0.6, n), index=products(n)),
        "t",
        "share",
        log=True,
        share=True,
        beside=pd.Series(0.1, index=products(n), name="published"),
    ),
    "exposure": lambda n: charts.exposure(by_product(n)),
    "recall": lambda n: charts.recall_by_product(by_product(n)),
    "heat": lambda n: charts.heat(square(n), "t"),
    "shares": lambda n: charts.shares(square(n) / square(n).max().max(), "t", "x"),
    "by month": lambda n: charts.by_month(counts(n), "t", counts(n) + 1),
    "rates": lambda n: charts.rates(rates(n), "t", 0.03, "share"),
}


def overlaps(axes: Axes, which: str) -> list[str]:
    """Labels of an axis that reach into the next one, in the direction in which they follow each other."""
    labels = [one for one in (axes.get_yticklabels() if which == "y" else axes.get_xticklabels()) if one.get_text()]
    boxes = sorted((one.get_window_extent() for one in labels), key=lambda box: box.y0 if which == "y" else box.x1)
    if which == "y":
        return [str(one) for one, other in pairwise(boxes) if one.y1 > other.y0 + 2]
    # Slanted labels: neighbours are parallel, their anchors need a line's height.
    return [str(one) for one, other in pairwise(boxes) if other.x1 - one.x1 < 8]


@pytest.mark.parametrize("n", COUNTS)
@pytest.mark.parametrize("kind", MADE)
def test_labels_do_not_collide(kind: str, n: int) -> None:
    made = MADE[kind](n)
    made.canvas.draw()
    for axes in made.axes:
        assert not overlaps(axes, "y"), (kind, n)
    if kind in ("heat", "shares", "by month"):
        assert not overlaps(made.axes[0], "x"), (kind, n)
    assert 100 * made.get_figwidth() == 700 and made.alt and _legends_are_outside(made)


@pytest.mark.parametrize("n", COUNTS)
def test_numbers_in_cells_stay_in_their_cells(n: int) -> None:
    made = charts.by_month(counts(n), "t", counts(n) + 1)
    made.canvas.draw()
    axes = made.axes[0]
    width = axes.get_window_extent().width / 16
    assert len(axes.texts) > 0
    assert all(text.get_window_extent().width <= width + 1 for text in axes.texts)


def _legends_are_outside(made: Chart) -> bool:
    return all(axes.get_legend() is None for axes in made.axes)
