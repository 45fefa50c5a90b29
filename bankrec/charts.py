"""Charts that notebooks call: frames to figures in one style (`bankrec.plots`), each with its content in words.

A chart names its data by `charts.lines(...).of(data)`.
"""

from bankrec.plots.cells import by_month, heat, shares
from bankrec.plots.ranking import by_group, exposure, importance, recall_by_product, reliability, results
from bankrec.plots.rates import rates
from bankrec.plots.series import bars, histograms, lines, monthly, parts
from bankrec.plots.style import Chart, figure

__all__ = [
    "Chart",
    "bars",
    "by_group",
    "by_month",
    "exposure",
    "figure",
    "heat",
    "histograms",
    "importance",
    "lines",
    "monthly",
    "parts",
    "rates",
    "recall_by_product",
    "reliability",
    "results",
    "shares",
]
