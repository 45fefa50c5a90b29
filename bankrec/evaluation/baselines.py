"""Baselines: lists without a ranker for the same customers, and how they compare."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import holdings
from bankrec.ahead import ahead
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
    by_cell = popularity.by_cell(past, config.popularity)

    def of_batch(batch: History) -> tuple[holdings.Items, holdings.Items]:
        held = batch.words[:, -1] & all_held(batch.bank.n)
        alone = als.scores(batch, factors, config.als).astype(np.float64)
        return lists_by(by_cell[popularity.cells(batch)], held), lists_by(alone, held)

    within, alone = zip(*ahead(of_batch, few.batches()), strict=True)
    return {
        "popularity of holdings": lists_by(popularity.of_ownership(past), held),
        "popularity of acquisitions": lists_by(popularity.of_acquisitions(past, config.popularity), held),
        "popularity by segment and age": np.concatenate(within),
        "ALS": np.concatenate(alone),
    }


def compare(lists: dict[str, holdings.Items], added: Words) -> pd.DataFrame:
    """A row per method: MAP@7 over all customers, and as a share of its maximum with a 95% interval."""
    adds = (metrics.acquisitions(added) > 0).astype(np.float64)
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
