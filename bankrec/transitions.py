"""Transitions from one month to the next: acquisitions, the products that could be acquired, and counts of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.holdings import PRESENT, Words, acquired, all_held, unpack

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
BATCH = 100_000  # customers: sums in float32, which are fast, are exact below 2^24


@dataclass(frozen=True)
class Transition:
    """Words of n customers in a month and in the month after it: `before` and `after`, uint64 [n].

    `products` is their number.
    """

    before: Words
    after: Words
    products: int

    @classmethod
    def into(cls, words: Words, t: int, products: int) -> Transition:
        """From the month before target month `t` of `words` [n, months] into it."""
        return cls(words[:, t - 1], words[:, t], products)

    @property
    def both(self) -> Mask:
        """Customers present in both months: bool [n]."""
        there: Mask = (self.before & self.after & PRESENT) != 0
        return there

    @property
    def added(self) -> Words:
        """Words of what was added (`holdings.acquired`): uint64 [n]."""
        return acquired(self.before, self.after, self.products)

    @property
    def not_held(self) -> Words:
        """Words of what could be added: not held before, by customers present in both months: uint64 [n]."""
        return np.where(self.both, ~self.before & all_held(self.products), np.uint64(0))

    def take(self, rows: Ints) -> Transition:
        """Of the customers at `rows`."""
        return Transition(self.before[rows], self.after[rows], self.products)


def members(codes: npt.NDArray[np.integer] | Mask, size: int) -> Mask:
    """Groups of customers by a code of 0 to `size` - 1, as `counts` takes them: bool [n, size].

    >>> members(np.array([1, 0, 1]), 2).astype(int).tolist()
    [[0, 1], [1, 0], [0, 1]]
    """
    groups: Mask = codes[:, None] == np.arange(size)
    return groups


def counts(words: Words, groups: Mask, products: int) -> Ints:
    """How many customers of each group have each product in `words` [n]: int64 [groups, products].

    `groups` bool [n, groups]: a customer may be in several of them, or in none.
    """
    total = np.zeros((groups.shape[1], products), np.int64)
    for low in range(0, len(words), BATCH):
        part, inside = words[low : low + BATCH] & all_held(products), groups[low : low + BATCH]
        some = part != 0
        flags = unpack(part[some], products)
        total += (inside[some].T.astype(np.float32) @ flags.astype(np.float32)).astype(np.int64)
    return total
