"""Statistics of a set, counted while its lists are streamed: sizes, distributions, a forecast, breaches of rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from bankrec.holdings import Words, all_held
from bankrec.publishing.sets import SUPPRESSED
from bankrec.ranked import SCORE_BANDS, Ranked, by_band

UNANSWERED = ("deceased", SUPPRESSED)  # statuses of customers who must not be offered anything


@dataclass
class Tally:
    """Counts of the lists of a set: shares for the measurement of drift, and counts for the checks of the gate.

    `ids`: the products. `by_rank` [places, products]: customers with that product at that place.
    """

    ids: tuple[str, ...]
    customers: int = 0
    recommendations: int = 0
    bands: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(SCORE_BANDS) - 1, np.int64))
    held_recommended: int = 0
    barred_recommended: int = 0
    living_unanswered: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    by_rank: npt.NDArray[np.int64] = field(init=False)
    expected: npt.NDArray[np.float64] = field(init=False)
    without_a_row: int = 0  # suppressed customers without a row in the as-of month, not counted in `customers`

    def __post_init__(self) -> None:
        products = len(self.ids)
        self.by_rank = np.zeros((products, products), np.int64)
        self.expected = np.zeros(products, np.float64)

    def add(self, batch: Ranked) -> None:
        """Count one batch of ranked lists."""
        listed = batch.items >= 0
        bits, scores = batch.items[listed], batch.scores[listed]
        self.customers += len(batch.user_id)
        self.recommendations += len(bits)
        for place, column in enumerate((batch.items + 1).T):  # 0: the list ends before this place
            self.by_rank[place] += np.bincount(column, minlength=len(self.ids) + 1)[1:]
        self.bands += by_band(scores)
        self.expected += np.bincount(bits, weights=scores, minlength=len(self.ids))
        self.held_recommended += _among(batch.held, bits, listed)
        self.barred_recommended += _among(batch.barred, bits, listed)
        open_to = batch.held | batch.barred != all_held(len(self.ids))
        answerable = open_to & ~np.isin(batch.status, UNANSWERED)
        self.living_unanswered += int((answerable & ~listed[:, 0]).sum())
        for rule, count in batch.removed.items():
            self.removed[rule] = self.removed.get(rule, 0) + count
        for status, count in zip(*np.unique(batch.status, return_counts=True), strict=True):
            self.statuses[str(status)] = self.statuses.get(str(status), 0) + int(count)

    def add_without_a_row(self, customers: int) -> None:
        """Count suppressed customers who have no row in the as-of month."""
        self.without_a_row += customers
        if customers:
            self.statuses[SUPPRESSED] = self.statuses.get(SUPPRESSED, 0) + customers

    def distributions(self) -> dict[str, Any]:
        """Shares of products at rank 1 and at each rank (a list, from rank 1), and of scores by band.

        Shares at a rank are among the lists that reach it: they add up to 1, or are 0 where no list does.
        """
        bands = [f"{low:g}-{high:g}" for low, high in pairwise(SCORE_BANDS)]
        by_rank = [_shares(self.ids, counts) for counts in self.by_rank]
        return {
            "product_at_rank_1": by_rank[0],
            "product_by_rank": {item: [shares[item] for shares in by_rank] for item in self.ids},
            "score_bands": _shares(bands, self.bands),
        }

    def expected_acquisitions(self) -> dict[str, float]:
        """Forecast: the sum of the scores of each product, in customers."""
        return {item: round(float(n), 3) for item, n in zip(self.ids, self.expected, strict=True)}


def _among(words: Words, bits: npt.NDArray[np.int8], listed: npt.NDArray[np.bool_]) -> int:
    """Number of products listed whose bit is set in the word of the customer."""
    of_customer = np.broadcast_to(words[:, None], listed.shape)[listed]
    return int(((of_customer >> bits.astype(np.uint64)) & np.uint64(1)).sum())


def _shares(names: Iterable[str], counts: npt.NDArray[np.int64]) -> dict[str, float]:
    total = max(int(counts.sum()), 1)
    return {name: round(int(count) / total, 6) for name, count in zip(names, counts, strict=True)}
