"""Training examples for the rankers and the activity model from one target month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import Words, unpack
from bankrec.model.base_rates import BaseRates
from bankrec.model.features import Features, features
from bankrec.model.ranker import Examples
from bankrec.model.states import States, states
from bankrec.model.vocabulary import Vocabulary
from bankrec.sampling import Purpose, sampled
from bankrec.transitions import Transition

Mask = npt.NDArray[np.bool_]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Acquirers:
    """Customers with an acquisition in target month `t`, to train on.

    `rows` int64 [n]: their rows in the history; `added` uint64 [n]; `weight` [n]: how many customers each stands for;
    `known` [n]: their states; `free` bool [n, products]; `shares` [n, products]: 1/m for each of m acquisitions;
    `level` [products]: base rate of the month.
    """

    t: int
    rows: npt.NDArray[np.int64]
    added: Words
    weight: Floats
    known: States
    free: Mask
    shares: Floats
    level: Floats


def pair_examples(
    features: Features, added: Words, weight: Floats, level: Floats, additive: Floats, of_pair: Floats
) -> Examples:
    """Pairs of customers with an acquisition and products they do not hold.

    `added` words [n] of what they acquire, none of them 0; `weight` [n] of the customer; `level` [products]: base rate
    of the month; `additive` [n, products]: scores of the additive model; `of_pair` [n, products]: weights of the pairs,
    0 for those that are left out (`bankrec.model.negatives`). Each acquisition of m has the weight 1/m, so that
    each customer counts once, as in MAP.
    """
    rows, bits = np.nonzero(of_pair)
    new = unpack(added, of_pair.shape[1])
    share = weight / np.maximum(new.sum(axis=1), 1)
    x = features.pairs(rows, bits, additive)
    return Examples(x, new[rows, bits], (share[rows] * of_pair[rows, bits]).astype(np.float32), level[bits])


def sampling_rates(history: History, targets: Sequence[int], config: Config) -> dict[int, float]:
    """Share of the customers with an acquisition to train on, by target month, at most `ranker.acquirers` in all.

    The latest months, and the one a year before the month to score, are used in full if they fit.
    """
    products = history.bank.n
    counts = {t: int((Transition.into(history.words, t, products).added != 0).sum()) for t in targets}
    whole = [
        t for t in targets if t >= len(history.months) - 1 - config.ranker.whole_months or t == len(history.months) - 12
    ]
    left = config.ranker.acquirers - sum(counts[t] for t in whole)
    others = sum(counts[t] for t in targets if t not in whole)
    if left < others * config.ranker.least_of_others:  # too many even so: one share for all
        share = min(1.0, config.ranker.acquirers / max(1, sum(counts.values())))
        return dict.fromkeys(targets, share)
    return {t: 1.0 if t in whole else min(1.0, left / max(1, others)) for t in targets}


def acquirers_of(
    history: History, t: int, past_rates: BaseRates, vocabulary: Vocabulary, config: Config, allowed: Mask, rate: float
) -> Acquirers:
    """The `allowed` customers with an acquisition in target month `t`, sampled at `rate`."""
    products = history.bank.n
    step = Transition.into(history.words, t, products)
    some = allowed & step.both & (step.added != 0) & sampled(history.user_id, rate, Purpose.RANKER, t)
    rows = np.flatnonzero(some)
    new = unpack(step.added[rows], products)
    return Acquirers(
        t=t,
        rows=rows,
        added=step.added[rows],
        weight=np.full(len(rows), 1.0 / rate),
        known=states(history.until(t).take(rows), vocabulary, config),
        free=~unpack(step.before[rows], products),
        shares=new / np.maximum(new.sum(axis=1, keepdims=True), 1),
        # of month t itself: an offset of the log-odds, not a feature
        level=past_rates.shares(config.base_rates)[t - 1],
    )


def pairs_of(
    history: History, acquirers: Acquirers, additive: Floats, of_pair: Floats, items: Floats, config: Config
) -> tuple[Examples, tuple[str, ...]]:
    """Examples of the pair model and the names of its features.

    `additive` and `of_pair` [n, products]: scores of the customers and weights of the pairs, as in `pair_examples`;
    `items` [products, factors] of ALS, learned before the target month.
    """
    known = features(history.until(acquirers.t).take(acquirers.rows), items, config)
    return pair_examples(known, acquirers.added, acquirers.weight, acquirers.level, additive, of_pair), known.names


def customers_of(
    history: History, t: int, items: Floats, config: Config, allowed: Mask
) -> tuple[Examples, tuple[str, ...]]:
    """Examples of the activity model of target month `t`, from a sample of all, and the names of its features."""
    step = Transition.into(history.words, t, history.bank.n)
    there, added = allowed & step.both, step.added
    month_share = (added[there] != 0).mean() if there.any() else 0.0
    limit = min(1.0, config.activity.customers / max(1, there.sum() * min(config.transitions, len(history.months))))
    granted = config.activity.granted
    some = np.flatnonzero(there & sampled(history.user_id, limit, Purpose.ACTIVITY, t))
    everyone = features(history.until(t).take(some), items, config, pairs=False)
    examples = Examples(
        everyone.customer.T,
        added[some] != 0,
        np.ones(len(some), dtype=np.float32),
        np.full(len(some), np.log((month_share + granted) / (1.0 - month_share + granted))),
    )
    return examples, everyone.customer_names
