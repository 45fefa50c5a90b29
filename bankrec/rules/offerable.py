"""What the bank's own months say may be offered: products that are still acquired, and those that minors acquire."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.bank.products import BIT, N_PRODUCTS
from bankrec.config import OfferableConfig
from bankrec.history import History
from bankrec.holdings import PRESENT, unpack
from bankrec.persons import ADULT, age
from bankrec.transitions import Transition

Floats = npt.NDArray[np.float64]
MINORS_ADD = ("ind_ctju_fin_ult1", "ind_nom_pens_ult1")


@dataclass(frozen=True)
class Offerable:
    """Learned from the months so far, bool [24] each: `stopped` products that nobody acquires any more, `minors` those
    that minors do acquire.
    """

    stopped: npt.NDArray[np.bool_]
    minors: npt.NDArray[np.bool_]


def learn_offerable(past: History, acquisitions: Floats, config: OfferableConfig) -> Offerable:
    """From `past` and the `acquisitions` of its target months, float64 [months, 24], one row each."""
    return Offerable(stopped(acquisitions, config.stopped_after), _added_by_minors(past, config.minors))


def stopped(added: Floats, after: float) -> npt.NDArray[np.bool_]:
    """Products without additions for so long that their earlier rate made as many as `after` likely: bool [24].

    `added` [months, 24]. The earlier rate is the mean of the months before the silence. Product 9 was added five times
    a month and then, for two months, by nobody:

    >>> added = np.full((6, 24), 5.0)
    >>> added[4:, 9] = 0.0
    >>> np.flatnonzero(stopped(added, 10.0)).tolist()
    [9]
    """
    silent = (added[::-1].cumsum(axis=0) == 0).sum(axis=0)
    earlier = added.sum(axis=0) / np.maximum(len(added) - silent, 1)
    found: npt.NDArray[np.bool_] = earlier * silent >= after
    return found


def _added_by_minors(past: History, fewest: int) -> npt.NDArray[np.bool_]:
    """Products that at least `fewest` customers below 18 added in one month; junior account and pension in any case.

    Below 18 by the snapshot that first shows the product: whoever turns 18 in that month adds it as an adult.
    """
    found = np.zeros(N_PRODUCTS, dtype=np.bool_)
    found[[BIT[name] for name in MINORS_ADD]] = True
    for t in range(1, len(past.months)):
        minors = np.flatnonzero(((past.words[:, t] & PRESENT) != 0) & (age(past.persons[:, t]) < ADULT))
        found |= unpack(Transition.into(past.words, t).added[minors]).sum(axis=0) >= fewest
    return found
