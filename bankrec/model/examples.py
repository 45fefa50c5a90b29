"""Examples to learn from: what one target month teaches the rankers and the model of activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import Words, unpack
from bankrec.model.base_rates import Levels
from bankrec.model.features import Features, features
from bankrec.model.ranker import Examples
from bankrec.model.states import States, states
from bankrec.model.vocabulary import Vocabulary
from bankrec.sampling import Purpose, sampled
from bankrec.transitions import Transition

Mask = npt.NDArray[np.bool_]

Floats = npt.NDArray[np.float64]


def pair_examples(features: Features, added: Words, weight: Floats, level: Floats) -> Examples:
    """Pairs of customers who add something with the products they do not hold.

    `added` words [n] of what they add, none of them 0; `weight` [n] of the customer; `level` [products] of
    the month. A customer with m additions weighs 1/m, so that everybody counts once, as in MAP.
    """
    products = features.pair.shape[2]
    rows, bits = np.nonzero(~unpack(features.held, products))
    new = unpack(added, products)
    share = weight / np.maximum(new.sum(axis=1), 1)
    return Examples(features.pairs(rows, bits), new[rows, bits], share[rows].astype(np.float32), level[bits])


@dataclass(frozen=True)
class Month:
    """What one target month teaches: examples of the three models."""

    pairs: Examples
    customers: Examples
    known: States
    shares: Floats
    free: Mask
    level: Floats
    weight: Floats


def sampling_rates(history: History, targets: Sequence[int], config: Config) -> dict[int, float]:
    """Share of the adders of each target month to train on, so that they are `ranker.adders` at most.

    The latest months and the one a year before the month to score stay whole as long as they fit.
    """
    products = history.bank.n
    counts = {t: int((Transition.into(history.words, t, products).added != 0).sum()) for t in targets}
    whole = [
        t for t in targets if t >= len(history.months) - 1 - config.ranker.whole_months or t == len(history.months) - 12
    ]
    left = config.ranker.adders - sum(counts[t] for t in whole)
    others = sum(counts[t] for t in targets if t not in whole)
    if left < others * config.ranker.least_of_others:  # even these are too many: all alike
        share = min(1.0, config.ranker.adders / max(1, sum(counts.values())))
        return dict.fromkeys(targets, share)
    return {t: 1.0 if t in whole else min(1.0, left / max(1, others)) for t in targets}


def examples_of(
    history: History,
    t: int,
    items: Floats,
    seen: Levels,
    vocabulary: Vocabulary,
    config: Config,
    allowed: Mask,
    rate: float,
) -> tuple[Month, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Examples of target month `t`: of its adders for the rankers, of a sample of all for the activity."""
    products = history.bank.n
    step, user_id = Transition.into(history.words, t, products), history.user_id
    added, there = step.added, allowed & step.both
    adders = np.flatnonzero(there & (added != 0) & sampled(user_id, rate, Purpose.RANKER, t))
    past, weight = history.until(t), np.full(len(adders), 1.0 / rate)
    batch = past.take(adders)
    known = features(batch, items, config)
    level = seen.shares(config.level)[t - 1]  # of month t itself: an offset to learn beside, which no feature sees
    new = unpack(added[adders], products)
    month_share = (added[there] != 0).mean() if there.any() else 0.0
    limit = min(1.0, config.activity.customers / max(1, there.sum() * min(config.transitions, len(history.months))))
    granted = config.activity.granted
    some = np.flatnonzero(there & sampled(user_id, limit, Purpose.ACTIVITY, t))
    everyone = features(past.take(some), items, config, pairs=False)
    customers = Examples(
        everyone.customer.T,
        added[some] != 0,
        np.ones(len(some), dtype=np.float32),
        np.full(len(some), np.log((month_share + granted) / (1.0 - month_share + granted))),
    )
    month = Month(
        pairs=pair_examples(known, added[adders], weight, level),
        customers=customers,
        known=states(batch, vocabulary, config),
        shares=new / np.maximum(new.sum(axis=1, keepdims=True), 1),
        free=~unpack(known.held, products),
        level=np.broadcast_to(level, new.shape),
        weight=weight,
    )
    return month, (known.names, known.customer_names)
