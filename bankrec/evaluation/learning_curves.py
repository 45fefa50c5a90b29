"""Learning curves: the loss of each model by step, on the months it learned from and on the month evaluated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier

from bankrec.evaluation.importance import ADDITIVE, PAIRS, WHETHER
from bankrec.history import History
from bankrec.model.additive import log_shares
from bankrec.model.base_rates import base_rates
from bankrec.model.examples import Acquirers, acquirers_of, customers_of, pairs_of
from bankrec.model.ranker import Examples
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import additive_scores

LEARNED, EVALUATED = "months learned from", "month evaluated"
EVERY = 5  # trees between two points of a curve on the month evaluated


def learning_curves(history: History, recommender: Recommender, target: int) -> pd.DataFrame:
    """A row a model, data and step: `model, data, step, loss`.

    The loss on the months learned from was recorded in the fit. Month number `target` was seen by no model; of the
    additive model it has the last step alone, as earlier ones are not kept. The loss of CatBoost is the log loss of a
    pair or customer in nats, that of the additive model the negative log share of what was acquired, in nats.
    """
    month, pairs, customers = examples(history, recommender, target)
    rows = [*_recorded(recommender)]
    rows += [(PAIRS, EVALUATED, *point) for point in _staged(recommender.ranker, pairs)]
    rows.append(
        (ADDITIVE, EVALUATED, max(1, len(recommender.additive.losses)), _of_additive(history, recommender, month))
    )
    rows += [(WHETHER, EVALUATED, *point) for point in _staged(recommender.activity, customers)]
    return pd.DataFrame(rows, columns=["model", "data", "step", "loss"])


def _recorded(recommender: Recommender) -> Iterator[tuple[str, str, int, float]]:
    recorded = {
        PAIRS: recommender.ranker.get_evals_result()["learn"]["Logloss"],
        ADDITIVE: recommender.additive.losses,
        WHETHER: recommender.activity.get_evals_result()["learn"]["Logloss"],
    }
    for model, losses in recorded.items():
        for step, loss in enumerate(losses, 1):
            yield model, LEARNED, step, float(loss)


def examples(history: History, recommender: Recommender, target: int) -> tuple[Acquirers, Examples, Examples]:
    """What month number `target` would teach: its customers with an acquisition, all their pairs, all customers."""
    config, all_customers = recommender.config, np.ones(len(history), dtype=np.bool_)
    seen, items = base_rates(history.until(target + 1)), recommender.items
    acquirers = acquirers_of(history, target, seen, recommender.vocabulary, config, all_customers, rate=1.0)
    scores = additive_scores(history.until(target).take(acquirers.rows), recommender.models)
    pairs, _ = pairs_of(history, acquirers, scores, acquirers.free.astype(np.float64), items, config)
    customers, _ = customers_of(history, target, items, config, all_customers)
    return acquirers, pairs, customers


def _staged(model: CatBoostClassifier, of: Examples) -> Iterator[tuple[int, float]]:
    """Weighted log loss after every fifth tree and after the last one, with the month's own level as in the fit."""
    if not len(of.y):
        return
    _, bias = model.get_scale_and_bias()
    weight, trees = of.weight.astype(np.float64), model.tree_count_
    sign = np.where(of.y, -1.0, 1.0)
    steps = [*range(EVERY, trees, EVERY), trees]
    stages = model.staged_predict(of.x, prediction_type="RawFormulaVal", eval_period=EVERY)
    for step, raw in zip(steps, stages, strict=True):
        loss = np.logaddexp(0.0, sign * (np.asarray(raw, np.float64) - bias + of.baseline))
        yield step, float(np.average(loss, weights=weight))


def _of_additive(history: History, recommender: Recommender, month: Acquirers) -> float:
    scores = additive_scores(history.until(month.t).take(month.rows), recommender.models)
    log_share = log_shares(scores + month.level, month.free)
    loss = -(month.shares * np.where(month.free, log_share, 0.0)).sum(axis=1)
    return float(np.average(loss, weights=month.weight)) if len(loss) else float("nan")
