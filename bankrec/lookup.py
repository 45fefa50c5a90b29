"""Look-up in sorted keys, such as customer ids: the row of each, and whether it is there at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


def locate(keys: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """Row of each of `wanted` [n] in `keys`, which are sorted, and whether it is there: int64 [n], bool [n].

    For a key that is not there, the row is that of another key, or 0 if there are no keys.

    >>> locate(np.array([10, 20, 30]), np.array([30, 15, 10, 99]))
    (array([2, 1, 0, 2]), array([ True, False,  True, False]))
    """
    if not len(keys):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    rows = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return rows, keys[rows] == wanted


def rows_of(keys: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> Rows:
    """Row of each customer of `wanted` [n] in `keys`, ids in order: int64 [n].

    A `KeyError` names the first customer who is missing.

    >>> rows_of(np.array([10, 20, 30]), np.array([30, 10]))
    array([2, 0])
    """
    rows, there = locate(keys, wanted)
    if not there.all():
        raise KeyError(f"customer {wanted[~there][0]} is not among these {len(keys):,} customers")
    return rows
