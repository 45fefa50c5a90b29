"""What may be offered, learned from the bank's months: products still acquired, and products that minors acquire."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bankrec.config import OfferableConfig
from bankrec.history import History
from bankrec.holdings import PRESENT, unpack
from bankrec.transitions import Transition

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Offerable:
    """Bool [products] each. Learned from the months so far: `stopped` products that no customer acquires any more,
    `minors` those that minors acquire. By the description of the bank: `never` those that it never offers; `until_age`
    and `from_age` int64 [products] their limits in years, 0 for none (one 0 stands for all products); `adult_age`.
    """

    stopped: npt.NDArray[np.bool_]
    minors: npt.NDArray[np.bool_]
    never: npt.NDArray[np.bool_]
    until_age: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    from_age: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    adult_age: Ints = field(default_factory=lambda: np.array(18))


def learn_offerable(past: History, acquisitions: Floats, config: OfferableConfig) -> Offerable:
    """From `past` and the `acquisitions` of its target months, float64 [months, products], one row each."""
    products = past.bank.products
    return Offerable(
        stopped(acquisitions, config.stopped_after),
        _added_by_minors(past, config.minors),
        never=np.array([product.never_offer for product in products]),
        until_age=np.array([product.until_age or 0 for product in products]),
        from_age=np.array([product.from_age or 0 for product in products]),
        adult_age=np.array(past.bank.adult_age),
    )


def stopped(added: Floats, after: float) -> npt.NDArray[np.bool_]:
    """Products without acquisitions for so long that `after` or more were to be expected: bool [products].

    `added` [months, products]. The number expected is the mean of the months up to the last acquisition, times the
    months since. Product 9 was acquired five times a month, and then, for two months, by nobody:

    >>> added = np.full((6, 24), 5.0)
    >>> added[4:, 9] = 0.0
    >>> np.flatnonzero(stopped(added, 10.0)).tolist()
    [9]
    """
    silent = (added[::-1].cumsum(axis=0) == 0).sum(axis=0)
    earlier = added.sum(axis=0) / np.maximum(len(added) - silent, 1)
    long_without: npt.NDArray[np.bool_] = earlier * silent >= after
    return long_without


def _added_by_minors(past: History, fewest: int) -> npt.NDArray[np.bool_]:
    """Products that at least `fewest` minors acquired in one month, and products without this condition.

    Age is that of the snapshot that first shows the product: a customer who comes of age in that month is an adult.
    """
    bank, column = past.bank, past.bank.with_role("age")
    by_minors = np.array([not product.not_for_minors_unless_seen for product in bank.products])
    if column is None or by_minors.all():
        return by_minors
    age = bank.stated_fields[column.name]
    for t in range(1, len(past.months)):
        minors = np.flatnonzero(((past.words[:, t] & PRESENT) != 0) & (age.of(past.persons[:, t]) < bank.adult_age))
        by_minors |= unpack(Transition.into(past.words, t, bank.n).added[minors], bank.n).sum(axis=0) >= fewest
    return by_minors
