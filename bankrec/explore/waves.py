"""Waves: months in which a product is acquired far more often than in the months around it."""

from __future__ import annotations

import numpy as np
import pandas as pd

AROUND = 3  # months on either side that give the usual count
# A wave: so many times the usual, standard deviations above it, customers at least.
TIMES, SURPRISE, LEAST = 1.5, 4.0, 10
MOST = 12  # waves of a table


def usual(acquired: pd.DataFrame) -> pd.DataFrame:
    """The usual count of each product in each month: the median of up to three months on either side, without it."""
    values = acquired.to_numpy(dtype=np.float64)
    medians = np.full(values.shape, np.nan)
    for month in range(len(values)):
        near = [at for at in range(month - AROUND, month + AROUND + 1) if at != month and 0 <= at < len(values)]
        if near:
            medians[month] = np.median(values[near], axis=0)
    return pd.DataFrame(medians, index=acquired.index, columns=acquired.columns)


def waves(acquired: pd.DataFrame) -> pd.DataFrame:
    """The waves of a table of months by products: product, month, customers, usual, times; the largest excess first.

    The count of a usual month varies by its square root; a wave stands four of these above it and is 1.5 times as
    large, so that small products, which jump by chance, make none.
    """
    expected, columns = usual(acquired), ["product", "month", "customers", "usual", "times"]
    rows = []
    for product in acquired.columns:
        for month in acquired.index:
            count, level = float(acquired.loc[month, product]), float(expected.loc[month, product])
            far = count - level > SURPRISE * np.sqrt(max(level, 1.0))
            if count >= LEAST and far and count >= TIMES * level:
                rows.append((product, month, int(count), level, count / level if level else np.nan, count - level))
    table = pd.DataFrame(rows, columns=[*columns, "excess"]).sort_values("excess", ascending=False, kind="stable")
    return table[columns].head(MOST).reset_index(drop=True)


def beside(named: pd.DataFrame, acquired: pd.DataFrame) -> pd.DataFrame:
    """Waves that are known by name, each with its count here and how many times a usual month that is.

    `named` has columns product, month and published ones, which stay; what is not in the data counts as unknown.
    """
    expected = usual(acquired)
    rows = []
    for product, month in zip(named["product"], named["month"], strict=True):
        there = product in acquired.columns and month in acquired.index
        count = float(acquired.loc[month, product]) if there else np.nan
        level = float(expected.loc[month, product]) if there else np.nan
        rows.append({"customers here": count, "times here": count / level if level and level > 0 else np.nan})
    return pd.concat([named.reset_index(drop=True), pd.DataFrame(rows)], axis=1)
