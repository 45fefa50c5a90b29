"""From histories to ranked lists, batch by batch: a pure function of the batch and the models."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bankrec import ranker, rules
from bankrec.errors import InputError
from bankrec.evidence import Evidence
from bankrec.features import features, present
from bankrec.histories import History
from bankrec.popularity import segment_codes
from bankrec.products import BIT, N_PRODUCTS
from bankrec.ranker import Models
from bankrec.reason_codes import Reasons
from bankrec.recommender import Recommender
from bankrec.states import states
from bankrec.words import HOLDINGS, SEGMENTS, Words, pack

Floats = npt.NDArray[np.float64]
PAYROLL, PENSION = BIT["ind_nomina_ult1"], BIT["ind_nom_pens_ult1"]


@dataclass(frozen=True)
class Ranked:
    """Ranked lists of the n customers of a batch who are present in the as-of month.

    `user_id` int64 [n]; `items` int8 [n, 24] product bits best first, padded with -1 (what is held or
    barred is absent); `scores` float32 [n, 24] probability of adding, aligned with `items`, 0 where
    padded; `held` uint32 [n]; `status` and `segment` [n] of str; `barred` uint32 [n] what rules take,
    held or not; `removed` counts candidates by rule; `reasons` of the first seven, where they were made.
    """

    user_id: npt.NDArray[np.int64]
    items: npt.NDArray[np.int8]
    scores: npt.NDArray[np.float32]
    held: Words
    status: npt.NDArray[np.str_]
    segment: npt.NDArray[np.str_]
    barred: Words
    removed: dict[str, int] = field(default_factory=dict)
    reasons: Reasons | None = None


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
    log_share, joint = log_chances(past, recommender.evidence, models, recommender.calibration.level)
    held = (past.words[:, -1] & HOLDINGS).astype(np.uint32)
    chance = recommender.calibration.probabilities(joint)
    order = share_and_chance(log_share, chance, recommender.config.chance_share)
    order = payroll_order(order, held, recommender.config.payroll_factor)
    barred, removed = rules.apply(batch, recommender.evidence)
    items, scores = ranked_items(order, chance, barred)
    status = np.where(rules.died(batch), "deceased", np.where(items[:, 0] < 0, "nothing_left", "ok"))
    segment = np.asarray(SEGMENTS)[segment_codes(past.words[:, -1])]
    return Ranked(batch.user_id, items, scores, held, status, segment, pack(barred), removed)


def log_chances(past: History, tables: Evidence, models: Models, level: Floats) -> tuple[Floats, Floats]:
    """Log of P(this product | something is added), and log-odds of adding it: two float64 [n, 24].

    The first is at the level forecast for the month, and orders. The second is at `level` [24], that of
    the month on which scores are calibrated, and is not calibrated yet.
    """
    known = features(past, tables, models.config)
    pair = ranker.pair_logits(models.ranker, known)
    additive = models.additive.logits(states(past, models.additive.channels, models.config))
    share = models.config.additive.share
    order = ranker.blended(pair + tables.level, additive + tables.level, known.held, share)
    then = ranker.blended(pair + level, additive + level, known.held, share)
    return order, ranker.joint_logits(then, ranker.activity_logits(models.activity, known))


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


def ranked_items(
    order: Floats, chance: Floats, barred: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Sort the products of each customer by `order`, best first; ties in the order of the catalogue."""
    by = np.argsort(np.where(barred, np.inf, -order), axis=1, kind="stable")
    left = np.arange(N_PRODUCTS) < (~barred).sum(axis=1)[:, None]
    items = np.where(left, by, -1).astype(np.int8)
    scores = np.where(left, np.take_along_axis(chance, by, axis=1), 0.0).astype(np.float32)
    return items, scores
