"""Bands: where ages, months as a customer and incomes are cut, each for what it is used for.

The cuts differ on purpose: a model bears narrow bands, a reason that people read, and a group that is reported,
ask for few and wide ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Bands:
    """Bands of a number: `edges`, each the least value of the band that begins there; `names` [edges + 1], if any."""

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
        bands: npt.NDArray[np.int64] = np.searchsorted(self.edges, values, side="right")
        return bands

    def named(self, values: npt.ArrayLike) -> npt.NDArray[np.str_]:
        """Name of the band of each value: str in the shape of `values`."""
        return np.array(self.names)[self.of(values)]


def _years(edges: tuple[int, ...]) -> tuple[str, ...]:
    """Names of bands of whole years: `0-17`, `18-21`, and `66+` for the last."""
    return (*(f"{low}-{high - 1}" for low, high in zip((0, *edges), edges, strict=False)), f"{edges[-1]}+")


# Years. Cells of segment and age: popularity and reasons, where each cell needs acquisitions of its own.
CELL_AGES = Bands(_CELLS := (18, 22, 26, 31, 41, 51, 66), _years(_CELLS))
STATE_AGES = Bands((18, 20, 22, 24, 26, 29, 33, 38, 43, 48, 54, 61, 70))  # states of the additive model
GROUP_AGES = Bands((18, 26, 36, 51, 66), ("under 18", "18-25", "26-35", "36-50", "51-65", "over 65"))  # in reports

# Months as a customer.
STATE_TENURES = Bands((1, 2, 4, 7, 13, 25, 37, 61, 97, 145, 193))
REASON_TENURES = Bands((12, 36, 120), ("0-1", "1-3", "3-10", "10+"))  # named in years
GROUP_TENURES = Bands(REASON_TENURES.edges, ("under 1 year", "1-3 years", "3-10 years", "over 10 years"))

STATE_INCOMES = Bands((45e3, 62e3, 80e3, 105e3, 135e3, 170e3, 240e3, 400e3))  # EUR a year, around the real deciles
