"""Transitions: from one month to the next, what customers add and what they could have added, and counts of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.bank.products import N_PRODUCTS
from bankrec.holdings import HOLDINGS, PRESENT, Words, acquired, unpack

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
BATCH = 100_000  # customers: sums in float32, which are fast, are exact below 2^24


@dataclass(frozen=True)
class Transition:
    """Words of n customers in a month and in the month after it: `before` and `after`, uint32 [n]."""

    before: Words
    after: Words

    @classmethod
    def into(cls, words: Words, t: int) -> Transition:
        """From the month before target month `t` of `words` [n, months] into it."""
        return cls(words[:, t - 1], words[:, t])

    @property
    def both(self) -> Mask:
        """Who is present in both months: bool [n]."""
        there: Mask = (self.before & self.after & PRESENT) != 0
        return there

    @property
    def added(self) -> Words:
        """Holdings words of what was added (`holdings.acquired`): uint32 [n]."""
        return acquired(self.before, self.after)

    @property
    def free(self) -> Words:
        """Holdings words of what could be added: not held before, by customers present in both months: uint32 [n]."""
        return np.where(self.both, ~self.before & HOLDINGS, np.uint32(0))

    def take(self, rows: Ints) -> Transition:
        """Of the customers at `rows`."""
        return Transition(self.before[rows], self.after[rows])


def members(codes: npt.NDArray[np.integer] | Mask, size: int) -> Mask:
    """Groups of customers by a code of 0 to `size` - 1, as `counts` takes them: bool [n, size].

    >>> members(np.array([1, 0, 1]), 2).astype(int).tolist()
    [[0, 1], [1, 0], [0, 1]]
    """
    groups: Mask = codes[:, None] == np.arange(size)
    return groups


def counts(words: Words, groups: Mask) -> Ints:
    """How many customers of each group have each product in `words` [n]: int64 [groups, 24].

    `groups` bool [n, groups]: a customer may be in several of them, or in none.
    """
    total = np.zeros((groups.shape[1], N_PRODUCTS), np.int64)
    for low in range(0, len(words), BATCH):
        part, inside = words[low : low + BATCH] & HOLDINGS, groups[low : low + BATCH]
        some = part != 0
        total += (inside[some].T.astype(np.float32) @ unpack(part[some]).astype(np.float32)).astype(np.int64)
    return total
