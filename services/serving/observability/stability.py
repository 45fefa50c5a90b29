"""Difference between answers and the set's own lists: a population stability index over the last 15 minutes."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
import numpy.typing as npt

from recommendations import RecommendationSet

WINDOW_SECONDS, SLICE_SECONDS = 900, 60
# Least number of answers from customers' own lists for a stability index. Without drift it is about
# (products - 1) / answers by chance alone, for k = 1 as for k = 24: 0.023 with 24 products, 0.047 with 48.
LEAST_IN_WINDOW = 1_000
# A tenth of one answer in a thousand: a rare product that appears or is missing by chance adds 0.002 at most, while
# one that replaces a common product still multiplies its share, also at k = 24.
LEAST_SHARE = 1e-4


class Stability:
    """The counts of the last 15 minutes, and the set that they belong to."""

    def __init__(self, listed: npt.NDArray[np.int64]) -> None:
        """`listed`: the counts so far, as for `index`."""
        self._window = deque([(time.monotonic(), listed)])
        self._of: str | None = None

    def index(self, listed: npt.NDArray[np.int64], used: RecommendationSet | None) -> float:
        """Population stability index of the products requested in the last 15 minutes.

        `listed`: how often each product was at each place among the first k of the lists of the customers requested,
        since the start; int64 [places, products], an array that is not changed later.

        Sum over products of (p - q) ln(p / q), with shares of at least `LEAST_SHARE`. p: shares in the first k places
        of the lists of the customers requested, including products that `exclude` or `only` removed from the answer,
        as a client's choice of products is no drift. q: the set's own shares at the same places, each weighted by how
        often it was requested. Answers from the popular list do not count. NaN below `LEAST_IN_WINDOW` answers, and
        for a set that does not state its shares by place.
        """
        self._move(listed, used)
        shares = used.shares_by_place if used is not None else None
        if shares is None:
            return float("nan")
        seen = (listed - self._window[0][1])[: shares.shape[0], : shares.shape[1]]
        asked = seen.sum(axis=1)
        if asked[0] < LEAST_IN_WINDOW:
            return float("nan")
        expected = asked @ shares
        if not expected.sum() > 0:
            return float("nan")
        return psi(seen.sum(axis=0) / seen.sum(), expected / expected.sum())

    def _move(self, listed: npt.NDArray[np.int64], used: RecommendationSet | None) -> None:
        """Add the current counts to the window, and remove those that are too old."""
        now = time.monotonic()
        if used is not None and used.set_id != self._of:
            if self._of is not None:  # answers from another set must not be compared with this one
                self._window = deque([(now, listed)])
            self._of = used.set_id
        if now - self._window[-1][0] >= SLICE_SECONDS:
            self._window.append((now, listed))
        while len(self._window) > 1 and now - self._window[1][0] >= WINDOW_SECONDS:
            self._window.popleft()


def psi(seen: npt.NDArray[np.float64], expected: npt.NDArray[np.float64], least: float = LEAST_SHARE) -> float:
    """Population stability index of two distributions over the same classes, in nats."""
    p, q = np.maximum(seen, least), np.maximum(expected, least)
    return float(((p - q) * np.log(p / q)).sum())
