"""Picking from frames what a sentence names: the row with the most, the pair with the most, one cell."""

from __future__ import annotations

from typing import Any

import pandas as pd


def most(values: Any) -> str:
    """The label of the largest value of a series; of equal ones the first.

    >>> most(pd.Series({"a": 1, "b": 3, "c": 3}))
    'b'
    """
    return str(values.idxmax())


def least(values: Any) -> str:
    """The label of the smallest value of a series; of equal ones the first."""
    return str(values.idxmin())


def cell(table: Any, row: str, column: str) -> float:
    """One number of a frame."""
    return float(table.loc[row, column])


def pairs(table: pd.DataFrame) -> list[tuple[str, str, float]]:
    """The known cells of a frame as row, column and value, the largest value first; of equal ones in their order.

    >>> pairs(pd.DataFrame({"x": [1.0, 3.0], "y": [2.0, float("nan")]}, index=["a", "b"]))
    [('b', 'x', 3.0), ('a', 'y', 2.0), ('a', 'x', 1.0)]
    """
    known: Any = table.astype(float).stack().dropna()
    largest_first = known.sort_values(ascending=False, kind="stable")
    return [(str(row), str(column), value) for (row, column), value in largest_first.items()]
