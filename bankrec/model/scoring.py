"""From histories to ranked lists, batch by batch: a pure function of the batch and the models."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.bank.products import BIT
from bankrec.errors import InputError
from bankrec.history import History, died, present
from bankrec.holdings import HOLDINGS, SEGMENTS, Words, pack, segment_codes
from bankrec.model import ranker
from bankrec.model.features import features
from bankrec.model.ranker import Models
from bankrec.model.recommender import Recommender
from bankrec.model.states import states
from bankrec.ranked import BY_CUSTOMER, Ranked, ranked_items
from bankrec.rules import builtin

BATCH = 50_000

Floats = npt.NDArray[np.float64]
PAYROLL, PENSION = BIT["ind_nomina_ult1"], BIT["ind_nom_pens_ult1"]


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
    held = (past.words[:, -1] & HOLDINGS).astype(np.uint32)
    logits = log_odds(past, recommender.items, recommender.models, recommender.calibration.level)
    chance = payroll_after_pension(recommender.calibration.probabilities(logits), held)
    barred, removed = builtin.apply(batch, recommender.offerable)
    items, scores = ranked_items(chance, barred)
    status = np.where(died(batch), "deceased", np.where(items[:, 0] < 0, "nothing_left", "ok"))
    segment = np.asarray(SEGMENTS)[segment_codes(past.words[:, -1])]
    return Ranked(batch.user_id, items, scores, held, status, segment, pack(barred), removed)


def log_odds(past: History, items: Floats, models: Models, level: Floats) -> Floats:
    """Log-odds that each customer acquires each product, not calibrated yet: float64 [n, 24].

    `items` [24, factors] of ALS; `level` [24]: log shares of the products in the month that calibration is fitted on.
    """
    known = features(past, items, models.config)
    pair = ranker.pair_logits(models.ranker, known.all_pairs())
    state = states(past, models.additive.channels, models.config)
    additive = state.sums(models.additive.weights, models.additive.intercept)
    log_share = ranker.blended(pair + level, additive + level, known.held, models.config.additive.share)
    activity = ranker.activity_logits(models.activity, known.customer.T)
    return ranker.joint_logits(log_share, activity, models.config.ranker.largest_logit)


def payroll_after_pension(chance: Floats, held: Words) -> Floats:
    """Payroll never comes without the pension code: where neither is held its chance is below that of the code.

    Where the models say otherwise both get the mean of the two (isotonic regression, Barlow et al. 1972), payroll the
    next smaller number, so that what is expected of both together stays. `chance` [n, 24], `held` uint32 [n]; returns
    float64 [n, 24].
    """
    neither = (held >> np.uint32(PAYROLL) | held >> np.uint32(PENSION)) & np.uint32(1) == 0
    wrong = neither & (chance[:, PAYROLL] >= chance[:, PENSION])
    ordered = chance.copy()
    mean = (chance[wrong, PAYROLL] + chance[wrong, PENSION]) / 2.0
    ordered[wrong, PENSION], ordered[wrong, PAYROLL] = mean, np.nextafter(mean, -np.inf)
    return ordered


def recommend_all(history: History, recommender: Recommender, batch: int = BATCH) -> Ranked:
    """`recommend` in batches that fit in memory, put together again."""
    parts = [recommend(customers, recommender) for customers in history.batches(batch)]
    removed = {name: sum(part.removed.get(name, 0) for part in parts) for name in parts[0].removed}
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in BY_CUSTOMER}
    return Ranked(**columns, removed=removed, reasons=None, taken=None)
