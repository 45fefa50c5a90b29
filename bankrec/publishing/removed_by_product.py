"""For how many customers each rule removed each product, counted while ranked lists are streamed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.holdings import unpack
from bankrec.ranked import Ranked


class RemovedByProduct:
    """Counts by rule and product, int64 [products] for each rule; not known if a batch does not say what rules took."""

    def __init__(self, products: int) -> None:
        self._products, self._known = products, True
        self._by_rule: dict[str, npt.NDArray[np.int64]] = {}

    def add(self, batch: Ranked) -> None:
        """Count one batch of ranked lists."""
        if batch.removals is None:
            self._known = self._known and not len(batch.user_id)
            return
        for name, words in zip(batch.removals.rules, batch.removals.words.T, strict=True):
            counts = unpack(words[words != 0], self._products).sum(axis=0, dtype=np.int64)
            self._by_rule[name] = self._by_rule.get(name, 0) + counts

    def of(self, bit: int) -> dict[str, int] | None:
        """Customers for whom each rule removed the product, by name of the rule, rules without any left out."""
        if not self._known:
            return None
        return {name: int(counts[bit]) for name, counts in self._by_rule.items() if counts[bit]}
