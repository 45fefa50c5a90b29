"""Intervals over customers: bootstraps of means and ratios."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.config import EvaluationConfig
from bankrec.results import NOBODY, Interval

Floats = npt.NDArray[np.float64]


def mean_interval(values: Floats, *, seed: int = 0, draws: int = EvaluationConfig.draws) -> Interval:
    """Mean of per-customer `values` with a 95% bootstrap interval over customers (percentiles)."""
    return ratio_interval(values, np.ones(len(values)), seed=seed, draws=draws)


def ratio_interval(top: Floats, bottom: Floats, *, seed: int = 0, draws: int = EvaluationConfig.draws) -> Interval:
    """Ratio of sums of two per-customer columns, with a 95% bootstrap interval over customers.

    Customers with equal pairs of values are drawn together (a multinomial over distinct pairs), which is
    the same distribution and does not grow with customers who added nothing.
    """
    if not len(top) or not bottom.sum():
        return NOBODY
    # A pair as one complex number: the same order as rows of two numbers, and `np.unique` is 15 times faster.
    pairs, counts = np.unique(top + 1j * bottom, return_counts=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(top), counts / len(top), size=draws) @ np.column_stack([pairs.real, pairs.imag])
    ratios = drawn[:, 0] / np.maximum(drawn[:, 1], 1e-12)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Interval(float(top.sum() / bottom.sum()), float(low), float(high))
