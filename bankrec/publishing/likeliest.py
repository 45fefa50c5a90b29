"""The customers who are most likely to acquire each product, collected while ranked lists are streamed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.ranked import Ranked

Ints = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


class Likeliest:
    """The `most` best scores of each product, with their customers; ties go to the lower customer numbers.

    Batches must be sorted by customer, over all of them: a later customer must then have a greater score than the last
    one kept, so that after the first batches nearly all rows are skipped.
    """

    def __init__(self, products: int, most: int = 100) -> None:
        self._products, self._most = products, most
        self._bit, self._user, self._score = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
        self._least = np.full(products, -1.0, np.float32)  # lowest score kept, where the list is full

    def add(self, batch: Ranked) -> None:
        """Add the scores that are above the lowest ones kept."""
        better = (batch.items >= 0) & (batch.scores > self._least[batch.items])
        row, place = np.nonzero(better)
        if len(row):
            self._keep(batch.items[row, place].astype(np.int64), batch.user_id[row], batch.scores[row, place])

    def _keep(self, bit: Ints, user: Ints, score: Scores) -> None:
        """Keep the best of these scores and of those kept before."""
        bit, user = np.concatenate([self._bit, bit]), np.concatenate([self._user, user])
        score = np.concatenate([self._score, score])
        order = np.lexsort((user, -score, bit))
        counts = np.bincount(bit, minlength=self._products)
        starts = np.cumsum(counts) - counts
        order = order[np.arange(len(order)) - np.repeat(starts, counts) < self._most]
        self._bit, self._user, self._score = bit[order], user[order], score[order]
        kept = np.minimum(counts, self._most)
        full = kept == self._most
        self._least[full] = self._score[(np.cumsum(kept) - 1)[full]]

    def of(self, bit: int) -> tuple[Ints, Scores]:
        """Customers and scores of a product, the highest score first."""
        here = self._bit == bit
        return self._user[here], self._score[here]
