"""Bands: the intervals that a number is divided into.

The bands of one column differ by purpose: a model uses many narrow ones; reasons and reports use few wide ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Bands:
    """Bands of a number: `edges`, the lowest value of each band but the first; `names` [edges + 1], if any."""

    edges: tuple[float, ...]
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of bands."""
        return len(self.edges) + 1

    def of(self, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Band of each value, from 0: int64 in the shape of `values`.

        >>> Bands((18, 65)).of([17, 18, 64, 65]).tolist()
        [0, 1, 1, 2]
        """
        return np.searchsorted(self.edges, values, side="right")

    def named(self, values: npt.ArrayLike) -> npt.NDArray[np.str_]:
        """Name of the band of each value: str in the shape of `values`."""
        return np.array(self.names)[self.of(values)]

    @staticmethod
    def names_of(edges: tuple[float, ...]) -> tuple[str, ...]:
        """Names of bands of whole numbers: `0-17`, `18-64`, and `65+` for the last.

        >>> Bands.names_of((18, 65))
        ('0-17', '18-64', '65+')
        """
        whole = all(float(edge).is_integer() for edge in edges)
        ends = [f"{edge - 1:g}" if whole else f"{edge:g}" for edge in edges]
        starts = ["0", *(f"{edge:g}" for edge in edges)]
        return (*(f"{low}-{high}" for low, high in zip(starts, ends, strict=False)), f"{edges[-1]:g}+")
