"""Ablation: the quality of the lists for the month evaluated when one part of the model is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.bank.description import Bank
from bankrec.config import Config
from bankrec.evaluation.backtest import Backtest
from bankrec.evaluation.intervals import mean_interval
from bankrec.evaluation.metrics import K, average_precision
from bankrec.history import History
from bankrec.model.calibration import Calibration
from bankrec.model.recommender import Recommender
from bankrec.model.training import fit, recommend_all

ADDITIVE = "the additive model"
CUSTOMERS = 5_000  # to learn from where a part is left out of the fit: a few seconds each

Floats = npt.NDArray[np.float64]


def ablation(history: History, month: Backtest, customers: int = CUSTOMERS) -> pd.DataFrame:
    """A row a part: share of the maximum MAP@7 with it and without, the gain with its 95% interval, and the fit.

    Only customers with an acquisition in the month count: the others have no product to rank. Parts that are used after
    the fit are taken from the fitted model as it is. Parts that are learned from are left out of a fit to at most
    `customers`, and compared with a fit to the same customers with all parts.
    """
    past = history.until(month.target)
    acquirers = past.of(month.ranked.user_id[month.added != 0])
    acquired = month.added[month.added != 0]
    precision = _precision(acquirers, month.recommender, acquired)
    rows = {
        part: _row(precision, _precision(acquirers, changed, acquired), len(past))
        for part, changed in _used_otherwise(month.recommender).items()
    }
    few = past.take(np.arange(0, len(past), max(1, -(-len(past) // customers))))
    config = month.recommender.config
    whole = _precision(acquirers, fit(few, config), acquired)
    without = {
        part: replace(config, left_out=tuple(sorted({*config.left_out, *names})))
        for part, names in left_out(history.bank).items()
    }
    for part, fewer in {ADDITIVE: _without_additive(config), **without}.items():
        rows[part] = _row(whole, _precision(acquirers, fit(few, fewer), acquired), len(few))
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("part")


def _used_otherwise(of: Recommender) -> dict[str, Recommender]:
    """The fitted model with one part switched off, by the part."""
    level = of.calibration.level
    plain = Calibration(1.0, np.zeros_like(level), level)
    return {
        "CatBoost on pairs": replace(of, additive=replace(of.additive, share=1.0)),
        "calibration and forecast": replace(of, calibration=plain),
    }


def _without_additive(config: Config) -> Config:
    """An additive model that is not fitted: its score is the same for all customers, and no part of a blend."""
    return replace(config, additive=replace(config.additive, iterations=0, short_share=0.0))


def left_out(bank: Bank) -> dict[str, tuple[str, ...]]:
    """The features of each part that the models learn from, by the part."""
    profile = [column.name for column in bank.profile if column.in_models]
    parts = {
        "ALS scores": ("als", "als_rank"),
        "the customer's profile": (*profile, *(feature.name for feature in bank.features)),
    }
    return {part: names for part, names in parts.items() if names}


def _precision(acquirers: History, recommender: Recommender, acquired: npt.NDArray[np.uint64]) -> Floats:
    if not len(acquirers):
        return np.zeros(0)
    return average_precision(recommend_all(acquirers, recommender).items, acquired, K)


def _row(whole: Floats, without: Floats, learned_from: int) -> dict[str, float]:
    gain = mean_interval(whole - without)
    return {
        "with": float(whole.mean()) if len(whole) else float("nan"),
        "without": float(without.mean()) if len(without) else float("nan"),
        "gain": gain.value,
        "low": gain.low,
        "high": gain.high,
        "customers learned from": learned_from,
    }
