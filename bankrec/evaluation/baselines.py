"""Baselines: lists without a ranker for the same customers, and how they compare."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import holdings
from bankrec.config import Config
from bankrec.evaluation import metrics
from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import K
from bankrec.history import History
from bankrec.holdings import Words, all_held
from bankrec.model import als, popularity
from bankrec.ranked import lists_by


def baselines(history: History, t: int, rows: npt.NDArray[np.int64], config: Config) -> dict[str, holdings.Items]:
    """Lists for target month `t` without a ranker, for the customers at `rows`: name -> int8 [n, products].

    Popularity of holdings, popularity of acquisitions (of all customers; by segment and age band), ALS.
    """
    past = history.until(t)
    few = past.take(rows)
    held = few.words[:, -1] & all_held(few.bank.n)
    factors = als.item_factors(past, config.als, config.seed)
    rates = {
        "popularity of holdings": popularity.of_ownership(past),
        "popularity of acquisitions": popularity.of_additions(past, config.popularity),
        "popularity by segment and age": popularity.by_cell(past, config.popularity)[popularity.cells(few)],
        "ALS": als.scores(few, factors, config.als).astype(np.float64),
    }
    return {name: lists_by(rate, held) for name, rate in rates.items()}


def compare(lists: dict[str, holdings.Items], added: Words) -> pd.DataFrame:
    """A row per method: MAP@7 over all customers, and as a share of its maximum with a 95% interval."""
    adds = (metrics.additions(added) > 0).astype(np.float64)
    rows = {}
    for name, items in lists.items():
        each = metrics.average_precision(items, added, K)
        share = ratio_interval(each, adds)
        rows[name] = {
            "MAP@7": each.mean(),
            "of max": share.value,
            "low": share.low,
            "high": share.high,
            "recall@7": metrics.recall(items, added, K).sum() / max(adds.sum(), 1.0),
            "coverage@5": metrics.coverage(items, 5, items.shape[1]),
        }
    return pd.DataFrame(rows).T
