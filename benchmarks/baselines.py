"""The methods of ranking that are compared: each takes histories up to as-of and gives a list per customer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bankrec.config import Config
from bankrec.evaluation.metrics import average_precision
from bankrec.history import History
from bankrec.holdings import Words, all_held
from bankrec.model import als, popularity
from bankrec.model.scoring import recommend_all
from bankrec.ranked import lists_by
from bankrec.transitions import Transition
from benchmarks import kept, reference

Items = npt.NDArray[np.int8]
CONFIG = Config()
ALS_WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0)


def ownership(past: History) -> Items:
    """Products by number of holders, without those that the customer holds."""
    return lists_by(popularity.of_ownership(past), _held(past))


def acquisitions(past: History) -> Items:
    """Products by rate of acquisitions among customers without it, in the last three transitions."""
    return lists_by(popularity.of_acquisitions(past, CONFIG.popularity), _held(past))


def by_cell(past: History) -> Items:
    """The same within segment and age band."""
    return lists_by(popularity.by_cell(past, CONFIG.popularity)[popularity.cells(past)], _held(past))


def als_alone(past: History) -> Items:
    """ALS on holdings alone."""
    return lists_by(_als_scores(past, past), _held(past))


def als_and_popularity(past: History) -> Items:
    """log(acquisition rate) + w x ALS score; w chosen on the last transition."""
    last = len(past.months) - 1
    before = past.until(last) if last > 1 else past
    rates, scores = np.log(popularity.of_acquisitions(before, CONFIG.popularity) + 1e-9), _als_scores(before, before)
    added = Transition.into(past.words, last, past.bank.n).added
    sums = [average_precision(lists_by(rates + weight * scores, _held(before)), added).sum() for weight in ALS_WEIGHTS]
    weight = ALS_WEIGHTS[int(np.argmax(sums))]
    rates = np.log(popularity.of_acquisitions(past, CONFIG.popularity) + 1e-9)
    return lists_by(rates + weight * _als_scores(past, past), _held(past))


def the_reference(past: History) -> Items:
    """The multi-class LightGBM of `benchmarks/reference.py`."""
    return reference.rank(past, reference.fit(past))[0]


def ours(past: History) -> Items:
    """Our recommender as it is published; customers absent in the as-of month have an empty list."""
    ranked = recommend_all(past, kept.recommender(past, CONFIG))
    items = np.full((len(past), past.bank.n), -1, np.int8)
    items[past.rows(ranked.user_id)] = ranked.items
    return items


def _held(past: History) -> Words:
    return past.words[:, -1] & all_held(past.bank.n)


def _als_scores(learned_on: History, past: History) -> npt.NDArray[np.float64]:
    items = als.item_factors(learned_on, CONFIG.als, CONFIG.seed)
    return als.scores(past, items, CONFIG.als).astype(np.float64)


OURS, REFERENCE = "our model", "multi-class LightGBM (reference)"
METHODS: dict[str, Callable[[History], Items]] = {
    "popularity of holdings": ownership,
    "popularity of acquisitions": acquisitions,
    "popularity by segment and age": by_cell,
    "ALS": als_alone,
    "ALS + popularity": als_and_popularity,
    REFERENCE: the_reference,
    OURS: ours,
}
