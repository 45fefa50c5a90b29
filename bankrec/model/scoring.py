"""From histories to ranked lists, batch by batch: a pure function of the batch and the models."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.ahead import ahead
from bankrec.bank.description import Bank
from bankrec.errors import InputError
from bankrec.history import BATCH, History, died, present, segment_codes
from bankrec.holdings import Words, all_held, pack
from bankrec.model import ranker
from bankrec.model.crossings import crossed
from bankrec.model.features import features
from bankrec.model.ranker import Models
from bankrec.model.recommender import Recommender
from bankrec.model.states import states
from bankrec.ranked import BY_CUSTOMER, Ranked, ranked_items
from bankrec.rules import builtin

Floats = npt.NDArray[np.float64]


def recommend(history: History, recommender: Recommender) -> Ranked:
    """Rank the products for each customer of `history`; its last month must be the recommender's as-of.

    Customers absent in that month get no row. The result of a customer does not depend on the batch.
    """
    if history.months[-1] != recommender.as_of:
        raise InputError(
            f"the histories end with {history.months[-1]}, the model is of {recommender.as_of}: "
            "train on the same months"
        )
    batch = history.take(present(history))
    past = batch.until(len(batch.months))
    held = past.words[:, -1] & all_held(past.bank.n)
    logits = log_odds(past, recommender.items, recommender.models, recommender.calibration.level)
    chance = after_what_they_come_with(recommender.calibration.probabilities(logits), held, past.bank)
    barred, removed = builtin.apply(batch, recommender.offerable)
    items, scores = ranked_items(chance, barred)
    status = np.where(died(batch), "deceased", np.where(items[:, 0] < 0, "nothing_left", "ok"))
    segment = np.asarray(past.bank.segments)[segment_codes(past)]
    return Ranked(batch.user_id, items, scores, held, status, segment, pack(barred), removed)


def log_odds(past: History, items: Floats, models: Models, level: Floats) -> Floats:
    """Log-odds that each customer acquires each product, before calibration: float64 [n, products].

    `items` [products, factors] of ALS; `level` [products]: log shares of the products in the month of calibration.
    """
    known = features(past, items, models.config)
    additive = additive_scores(past, models)
    pair = ranker.pair_logits(models.ranker, known.all_pairs(additive), past.bank.n)
    log_share = ranker.blended(pair + level, additive + level, known.held, models.additive.share)
    activity = ranker.activity_logits(models.activity, known.customer.T)
    return ranker.joint_logits(log_share, activity, models.config.ranker.largest_logit)


def additive_scores(past: History, models: Models) -> Floats:
    """`Additive.scores` of the customers of `past` for the month after it: float64 [n, products]."""
    held = past.words[:, -1] & all_held(past.bank.n)
    state = states(past, models.vocabulary, models.config)
    return models.additive.scores(crossed(state, held, models.additive.baskets, past.bank))


def after_what_they_come_with(chance: Floats, held: Words, bank: Bank) -> Floats:
    """Chances in which a product that is never acquired without another (`comes_with`) is less likely than that one.

    Where neither is held and the models give it a higher chance, both get the mean of the two (isotonic regression,
    Barlow et al. 1972), the dependent one the next smaller number, so that their expected sum stays the same.
    `chance` [n, products], `held` uint64 [n]; returns float64 [n, products].
    """
    ordered = chance.copy()
    for product in bank.products:
        if product.comes_with is None:
            continue
        later, first = bank.bit[product.id], bank.bit[product.comes_with]
        neither = (held >> np.uint64(later) | held >> np.uint64(first)) & np.uint64(1) == 0
        wrong = neither & (ordered[:, later] >= ordered[:, first])
        mean = (ordered[wrong, later] + ordered[wrong, first]) / 2.0
        ordered[wrong, first], ordered[wrong, later] = mean, np.nextafter(mean, -np.inf)
    return ordered


def recommend_all(history: History, recommender: Recommender, batch: int = BATCH) -> Ranked:
    """`recommend` in batches, joined to one result."""
    parts = list(ahead(lambda customers: recommend(customers, recommender), history.batches(batch)))
    removed = {name: sum(part.removed.get(name, 0) for part in parts) for name in parts[0].removed}
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in BY_CUSTOMER}
    return Ranked(**columns, removed=removed, reasons=None, removals=None)
