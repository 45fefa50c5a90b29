"""Probabilities before calibration (as the models give them) and after it (as published), against acquisitions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from bankrec.evaluation import metrics
from bankrec.evaluation.backtest import Backtest
from bankrec.evaluation.tables import listed, reliability
from bankrec.history import History
from bankrec.holdings import unpack
from bankrec.model.scoring import after_what_they_come_with, log_odds

BEFORE, AFTER = "before calibration", "after calibration"

Floats = npt.NDArray[np.float64]


def probabilities(history: History, month: Backtest) -> dict[str, Floats]:
    """Probabilities of every customer of `month` and product, before and after calibration: float64 [n, products]."""
    of = month.recommender
    past = history.of(month.ranked.user_id).until(month.target)
    logits = np.concatenate([log_odds(part, of.items, of.models, of.calibration.level) for part in past.batches()])
    after = after_what_they_come_with(of.calibration.probabilities(logits), month.ranked.held, of.bank)
    return {BEFORE: expit(logits), AFTER: after}


def summary(by_step: dict[str, Floats], month: Backtest) -> pd.DataFrame:
    """A row before and one after calibration, over the candidates in the lists.

    Acquisitions expected and observed, their ratio, the calibration error, the share of candidates that is acquired
    (to compare the error with), and the log loss in nats a candidate.
    """
    there = listed(month.ranked.items)
    acquired = (unpack(month.added, there.shape[1]) & there)[there]
    rows = {name: _row(chance[there], acquired) for name, chance in by_step.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(chance: Floats, acquired: npt.NDArray[np.bool_]) -> dict[str, float]:
    expected, observed = float(chance.sum()), int(acquired.sum())
    safe = np.clip(chance, 1e-12, 1.0 - 1e-12)
    return {
        "expected": expected,
        "observed": observed,
        "expected / observed": expected / observed if observed else float("nan"),
        "calibration error": metrics.calibration_error(chance, acquired),
        "share acquired": float(acquired.mean()) if len(acquired) else float("nan"),
        "log loss": float(-np.where(acquired, np.log(safe), np.log1p(-safe)).mean()) if len(safe) else float("nan"),
    }


def bands(by_step: dict[str, Floats], month: Backtest) -> dict[str, pd.DataFrame]:
    """`tables.reliability` before and after calibration, over the same candidates."""
    items = month.ranked.items
    place = np.maximum(items, 0).astype(np.int64)
    return {
        name: reliability(items, np.take_along_axis(chance, place, axis=1).astype(np.float32), month.added)
        for name, chance in by_step.items()
    }
