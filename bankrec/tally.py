"""What is counted of a set while its lists stream by: sizes, distributions, a forecast, breaches of rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bankrec.products import N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.recommend import Ranked
from bankrec.sets import SUPPRESSED
from bankrec.words import HOLDINGS, Words

UNANSWERED = ("deceased", SUPPRESSED)  # who is not to be offered anything
SCORE_BANDS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass
class Tally:
    """What is counted while the lists stream by: shares that drift is measured against, and the checks."""

    customers: int = 0
    recommendations: int = 0
    first: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(N_PRODUCTS, np.int64))
    top_five: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(N_PRODUCTS, np.int64))
    bands: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(SCORE_BANDS) - 1, np.int64))
    expected: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(N_PRODUCTS, np.float64))
    held_recommended: int = 0
    barred_recommended: int = 0
    living_unanswered: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    without_a_row: int = 0  # suppressed customers who are not of the month, nor of `customers`

    def add(self, batch: Ranked) -> None:
        """Count one batch of ranked lists."""
        listed = batch.items >= 0
        bits, scores = batch.items[listed], batch.scores[listed]
        self.customers += len(batch.user_id)
        self.recommendations += len(bits)
        self.first += np.bincount(batch.items[:, 0][listed[:, 0]], minlength=N_PRODUCTS)
        self.top_five += np.bincount(batch.items[:, :5][listed[:, :5]], minlength=N_PRODUCTS)
        below = [np.count_nonzero(scores < edge) for edge in SCORE_BANDS[1:-1]]  # a fifth of the time of a histogram
        self.bands += np.diff([0, *below, len(scores)])
        self.expected += np.bincount(bits, weights=scores, minlength=N_PRODUCTS)
        self.held_recommended += _among(batch.held, bits, listed)
        self.barred_recommended += _among(batch.barred, bits, listed)
        open_to = (batch.held | batch.barred) & HOLDINGS != HOLDINGS
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

    def distributions(self) -> dict[str, dict[str, float]]:
        """Shares of products at rank 1 and in the first five, and of scores by band."""
        bands = [f"{low:g}-{high:g}" for low, high in pairwise(SCORE_BANDS)]
        return {
            "product_at_rank_1": _shares(PRODUCT_COLUMNS, self.first),
            "product_in_top_5": _shares(PRODUCT_COLUMNS, self.top_five),
            "score_bands": _shares(bands, self.bands),
        }

    def expected_additions(self) -> dict[str, float]:
        """Forecast: the sum of the scores of each product, in customers."""
        return {item: round(float(n), 3) for item, n in zip(PRODUCT_COLUMNS, self.expected, strict=True)}


def _among(words: Words, bits: npt.NDArray[np.int8], listed: npt.NDArray[np.bool_]) -> int:
    """How many of the products listed have their bit set in the word of their customer."""
    of_customer = np.broadcast_to(words[:, None], listed.shape)[listed]
    return int(((of_customer >> bits.astype(np.uint32)) & np.uint32(1)).sum())


def _shares(names: Iterable[str], counts: npt.NDArray[np.int64]) -> dict[str, float]:
    total = max(int(counts.sum()), 1)
    return {name: round(int(count) / total, 6) for name, count in zip(names, counts, strict=True)}
