"""Drift: the difference between the customers who are scored and those that the models learned from.

It compares the states of customers (`states`), bands and categories that mean the same in every month, and the bands
of scores, each by its population stability index. Months as a customer and months observed are left out, as they grow
with the calendar. The number of products held is left out too: it falls when many customers join, as they hold
nothing at first, and each product has its own state. All states use the same length of history, since a longer one
shows more losses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bankrec.config import DriftConfig

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
LEFT_OUT = ("months", "holds")  # and the months as a customer, which each bank names itself


@dataclass(frozen=True)
class Reference:
    """Customers as the models learned from them.

    `names` [fields] and `sizes` int [fields] of the states; `shares` float64 [sum of sizes], those of a field add up
    to 1; `length` int: months of history they were taken at; `sample` float: share of customers counted; `months`
    [m] of str, the as-of months YYYY-MM; `scores` float64 [bands of score]: shares of the calibration month.
    """

    names: npt.NDArray[np.str_]
    sizes: npt.NDArray[np.int64]
    shares: Floats
    length: npt.NDArray[np.int64]
    sample: Floats
    months: npt.NDArray[np.str_]
    scores: Floats


@dataclass(frozen=True)
class Drift:
    """Population stability index of each state, by name, and of the scores; `months` compared with."""

    features: dict[str, float]
    scores: float
    months: tuple[str, ...]

    def largest(self) -> tuple[str, float]:
        """The state with the largest index, and this index."""
        return max(self.features.items(), key=lambda one: one[1])

    def as_dict(self) -> dict[str, Any]:
        """For the manifest: the largest first."""
        ordered = sorted(self.features.items(), key=lambda one: -one[1])
        features = {name: round(value, 4) for name, value in ordered}
        return {"reference_months": list(self.months), "features": features, "scores": round(self.scores, 4)}


def drift(observed: Counts, scores: npt.NDArray[np.int64], reference: Reference, config: DriftConfig) -> Drift:
    """Compare sums of `counts`, and `scores` [bands], with the reference."""
    edges = np.cumsum([0, *reference.sizes])
    shares = field_shares(observed, tuple(reference.sizes))
    features = {
        str(name): psi(shares[low:high], reference.shares[low:high], config.least_share)
        for name, low, high in zip(reference.names, edges[:-1], edges[1:], strict=True)
    }
    moved = psi(scores / max(int(scores.sum()), 1), reference.scores, config.least_share)
    return Drift(features, moved, tuple(reference.months.tolist()))


def psi(observed: Floats, expected: Floats, least: float) -> float:
    """Population stability index of two distributions over the same classes: sum of (p - q) ln(p / q), in nats.

    Shares count as `least` at least.
    """
    p, q = np.maximum(observed, least), np.maximum(expected, least)
    return float(((p - q) * np.log(p / q)).sum())


def field_shares(counts: Counts, sizes: tuple[int, ...]) -> Floats:
    """Counts as shares of their field."""
    totals = np.add.reduceat(counts, np.cumsum([0, *sizes[:-1]]))
    shares: Floats = counts / np.maximum(np.repeat(totals, sizes), 1)
    return shares
