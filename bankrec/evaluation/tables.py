"""Tables of ranked lists against what was added: by product, by rank, by band of score; acquisitions by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import holdings
from bankrec.bank.catalogue import Catalogue
from bankrec.evaluation import metrics
from bankrec.evaluation.metrics import K
from bankrec.forecasts import ExpectedInterval, ForecastResult
from bankrec.history import History
from bankrec.holdings import Words, unpack
from bankrec.ranked import SCORE_BANDS
from bankrec.transitions import Transition

DEPTHS = (1, 3, K)  # places of the recall by product


def expected_matrix(items: holdings.Items, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scores by product rather than by rank: float32 [n, products], 0 where a product is not listed."""
    products = items.shape[1]
    by_product = np.zeros((len(items), products), np.float32)
    for place in range(products):
        rows = np.flatnonzero(items[:, place] >= 0)
        by_product[rows, items[rows, place]] = scores[rows, place]
    return by_product


def by_product(
    products: Catalogue,
    items: holdings.Items,
    scores: npt.NDArray[np.float32],
    added: Words,
    interval: ExpectedInterval | None = None,
) -> pd.DataFrame:
    """A row per product: acquisitions expected and observed, how often it is shown in the first 7, hits, and recall.

    With the `interval` of what was expected also `low`, `high`, and whether the acquisitions lie `within` them, of the
    customers in whose list it was: what rules remove from a list is not expected either.
    """
    flags, lists = unpack(added, len(products)), expected_matrix(items, scores)
    hits_at = {k: _hits(items, added, k) for k in DEPTHS}
    observed = flags.sum(axis=0)
    bounds = _bounds(interval, products.ids, (flags & listed(items)).sum(axis=0)) if interval else {}
    return pd.DataFrame(
        {
            "product": products.names,
            "expected acquisitions": lists.sum(axis=0, dtype=np.float64).round(1),
            **bounds,
            "acquisitions": observed,
            "shown in first 7": metrics.shown(items, K, len(products)),
            "hits in first 7": hits_at[K],
            **{
                f"recall@{k}": np.divide(hits, observed, out=np.full(len(products), np.nan), where=observed > 0)
                for k, hits in hits_at.items()
            },
        },
        index=pd.Index(products.ids, name="item_id"),
    )


def _hits(items: holdings.Items, added: Words, k: int) -> npt.NDArray[np.int64]:
    """Customers who added a product that is in their first k places: int64 [products]."""
    top = items[:, :k]
    hit = metrics.hits(items, added, k)[:, : top.shape[1]]
    return np.bincount(top[hit], minlength=items.shape[1])


def listed(items: holdings.Items) -> npt.NDArray[np.bool_]:
    """Which products stand in each customer's list: bool [n, products]."""
    return expected_matrix(items, (items >= 0).astype(np.float32)) > 0


def forecast_result(
    items: holdings.Items, scores: npt.NDArray[np.float32], added: Words, interval: ExpectedInterval
) -> ForecastResult:
    """What the lists expected of all products together, its interval, and the outcome of what was listed."""
    acquired = unpack(added, items.shape[1]) & listed(items)
    expected = float(scores[items >= 0].sum(dtype=np.float64))
    return ForecastResult(expected, *interval.together, float(acquired.sum()), interval.share)


def _bounds(interval: ExpectedInterval, ids: Sequence[str], acquired: npt.NDArray[np.int64]) -> dict[str, Any]:
    """The columns of an interval, and whether `acquired` [products], the acquisitions observed, lie within it."""
    low, high = np.array([interval.by_product[item] for item in ids]).reshape(-1, 2).T
    return {
        "low": low.astype(np.int64),
        "high": high.astype(np.int64),
        "within": (low <= acquired) & (acquired <= high),
    }


def by_rank(items: holdings.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per rank 1 to 7, or to the number of products: recommendations, mean score, share acquired."""
    top = items[:, :K] >= 0
    hit = metrics.hits(items, added, top.shape[1])
    shown = top.sum(axis=0)
    mean = np.where(top, scores[:, :K], 0.0).sum(axis=0) / np.maximum(shown, 1)
    return pd.DataFrame(
        {
            "recommendations": shown,
            "mean score": mean,
            "share acquired": hit.sum(axis=0) / np.maximum(shown, 1),
        },
        index=pd.RangeIndex(1, top.shape[1] + 1, name="rank"),
    )


def reliability(items: holdings.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per band of score: recommendations, mean score, share acquired, its standard error."""
    listed = items >= 0
    flags = metrics.hits(items, added, items.shape[1])
    score, acquired = scores[listed].astype(np.float64), flags[listed].astype(np.float64)
    band = np.digitize(score, SCORE_BANDS[1:-1])
    count = np.bincount(band, minlength=len(SCORE_BANDS) - 1)
    share = np.bincount(band, acquired, minlength=len(count)) / np.maximum(count, 1)
    return pd.DataFrame(
        {
            "score from": SCORE_BANDS[:-1],
            "to": SCORE_BANDS[1:],
            "recommendations": count,
            "mean score": np.bincount(band, score, minlength=len(count)) / np.maximum(count, 1),
            "share acquired": share,
            "standard error": np.sqrt(share * (1 - share) / np.maximum(count, 1)),
        }
    )


def acquisitions_by_month(history: History) -> pd.DataFrame:
    """Customers who add each product, months as rows (YYYY-MM) from the second on, item ids as columns."""
    bank = history.bank
    steps = (Transition.into(history.words, t, bank.n) for t in range(1, len(history.months)))
    rows = [unpack(step.added, bank.n).sum(axis=0) for step in steps]
    months = [f"{month:%Y-%m}" for month in history.months[1:]]
    return pd.DataFrame(rows, index=pd.Index(months, name="month"), columns=list(bank.ids))


def importances(ranker: Any) -> pd.Series:
    """Importance of each feature of a CatBoost `ranker`, in percent of all (CatBoost's prediction values change)."""
    return pd.Series(ranker.get_feature_importance(), index=ranker.feature_names_)
