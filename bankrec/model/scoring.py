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
from bankrec.model.tables import Tables
from bankrec.ranked import Ranked, ranked_items
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
    models = Models(recommender.config, recommender.additive, recommender.ranker, recommender.activity)
    log_share, joint = log_chances(past, recommender.tables, models, recommender.calibration.level)
    held = (past.words[:, -1] & HOLDINGS).astype(np.uint32)
    chance = recommender.calibration.probabilities(joint)
    order = share_and_chance(log_share, chance, recommender.config.chance_share)
    order = payroll_order(order, held, recommender.config.payroll_factor)
    barred, removed = builtin.apply(batch, recommender.offerable)
    items, scores = ranked_items(order, chance, barred)
    status = np.where(died(batch), "deceased", np.where(items[:, 0] < 0, "nothing_left", "ok"))
    segment = np.asarray(SEGMENTS)[segment_codes(past.words[:, -1])]
    return Ranked(batch.user_id, items, scores, held, status, segment, pack(barred), removed)


def log_chances(past: History, tables: Tables, models: Models, level: Floats) -> tuple[Floats, Floats]:
    """Log of P(this product | something is added), and log-odds of adding it: two float64 [n, 24].

    The first is at the level forecast for the month, and orders. The second is at `level` [24], that of
    the month on which scores are calibrated, and is not calibrated yet.
    """
    known = features(past, tables, models.config)
    pair = ranker.pair_logits(models.ranker, known.all_pairs())
    state = states(past, models.additive.channels, models.config)
    additive = state.sums(models.additive.weights, models.additive.intercept)
    share = models.config.additive.share
    order = ranker.blended(pair + tables.level, additive + tables.level, known.held, share)
    then = ranker.blended(pair + level, additive + level, known.held, share)
    return order, ranker.joint_logits(then, ranker.activity_logits(models.activity, known.customer.T))


def share_and_chance(log_share: Floats, chance: Floats, weight: float) -> Floats:
    """What orders the products: the geometric mean of share and `chance`, which has `weight`; float64 [n, 24].

    Both come from the same models. Shares count an addition as one of m of the customer's month and follow the latest
    months, chances count it whole and follow recent losses and all months. For payroll and pension, which arrive
    together, average precision asks for a value between: a pair of chance q belongs before a product of chance p that
    comes alone where q > 1.6 p at places 1 to 3, q > 1.5 p at 2 to 4, q > 1.45 p at 3 to 5. By chance it would stand
    there from q > p, by share from q > 2 p, by the mean of both from q > 1.41 p.
    """
    order: Floats = np.exp(log_share) ** (1.0 - weight) * chance**weight
    return order


def payroll_order(order: Floats, held: Words, factor: float) -> Floats:
    """Adjust what orders the products for payroll and pension, which arrive together.

    Where neither is held, both are multiplied by `factor` (see `share_and_chance` for why it may be left at 1).
    Payroll never comes without the pension code: it stands after it.
    """
    neither = (held >> np.uint32(PAYROLL) | held >> np.uint32(PENSION)) & np.uint32(1) == 0
    adjusted = order.copy()
    adjusted[neither, PAYROLL] *= factor
    adjusted[neither, PENSION] *= factor
    limit = np.nextafter(adjusted[neither, PENSION], -np.inf)
    adjusted[neither, PAYROLL] = np.minimum(adjusted[neither, PAYROLL], limit)
    return adjusted


def recommend_all(history: History, recommender: Recommender, batch: int = BATCH) -> Ranked:
    """`recommend` in batches that fit in memory, put together again."""
    parts = [recommend(customers, recommender) for customers in history.batches(batch)]
    removed = {name: sum(part.removed.get(name, 0) for part in parts) for name in parts[0].removed}
    fields = ("user_id", "items", "scores", "held", "status", "segment", "barred")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    return Ranked(**columns, removed=removed, reasons=None)
