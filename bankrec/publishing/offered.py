"""Customers to whom each product is offered, and their mean score, counted while ranked lists are streamed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.bank.description import Bank
from bankrec.ranked import SCORE_BANDS, Ranked

UNKNOWN = "unknown"
Counts = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]
Groups = list[tuple[str, int, float]]  # name of the group, customers to whom a product is offered, their mean score
_EDGES = np.array(SCORE_BANDS[1:-1], np.float32)


class Offered:
    """Counts and sums of scores by product, segment and band of age, and scores by band.

    `count` int64 and `score` float64 [segments, bands of age, products]: the first segment and the first band
    are for customers of whom it is not known. `by_band` int64 [products, bands of `SCORE_BANDS`].
    """

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._segments, self._ages = bank.segments, (UNKNOWN, *bank.age_bands)
        shape = len(self._segments), len(self._ages), bank.n
        self.count, self.score = np.zeros(shape, np.int64), np.zeros(shape, np.float64)
        self.by_band = np.zeros((bank.n, len(SCORE_BANDS) - 1), np.int64)

    def add(self, batch: Ranked) -> None:
        """Count one batch of ranked lists."""
        listed, products = batch.items >= 0, self._bank.n
        bits, scores = batch.items[listed].astype(np.int64), batch.scores[listed]
        group = np.repeat(self._group(batch) * products, listed.sum(axis=1))
        cell = group + bits
        self.count += np.bincount(cell, minlength=self.count.size).reshape(self.count.shape)
        self.score += np.bincount(cell, scores, minlength=self.score.size).reshape(self.score.shape)
        band = np.zeros(len(scores), np.int64)
        for edge in _EDGES:  # takes a fifth of the time of np.searchsorted
            band += scores >= edge
        wide = self.by_band.shape[1]
        self.by_band += np.bincount(bits * wide + band, minlength=self.by_band.size).reshape(self.by_band.shape)

    def _group(self, batch: Ranked) -> Counts:
        """Segment and band of age of each customer as one number: int64 [n]."""
        segment = np.zeros(len(batch.user_id), np.int64)
        for code, name in enumerate(self._segments):
            segment[batch.segment == name] = code
        age = 0 if batch.age_band is None else batch.age_band.astype(np.int64) + 1
        return segment * len(self._ages) + age

    def to(self) -> Counts:
        """Customers to whom each product is offered: int64 [products]."""
        customers: Counts = self.count.sum(axis=(0, 1))
        return customers

    def by_segment(self, bit: int) -> Groups:
        """Groups by segment of the customers to whom a product is offered; empty if the bank has no segment."""
        if not self._bank.segment:
            return []
        names = [name or UNKNOWN for name in self._segments]
        return _groups(names, self.count[:, :, bit].sum(axis=1), self.score[:, :, bit].sum(axis=1))

    def by_age(self, bit: int) -> Groups:
        """The same by band of age; empty where the bank reports nothing by age."""
        if not self._bank.age_bands:
            return []
        return _groups(self._ages, self.count[:, :, bit].sum(axis=0), self.score[:, :, bit].sum(axis=0))


def _groups(names: tuple[str, ...] | list[str], count: Counts, score: Sums) -> Groups:
    """A row for each group with an offer of the product; the group of unknown comes last."""
    rows = [(name, int(n), float(total / n)) for name, n, total in zip(names, count, score, strict=True) if n]
    return sorted(rows, key=lambda row: row[0] == UNKNOWN)
