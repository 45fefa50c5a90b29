"""Tables of ranked lists against what was added: by product, by rank, by band of score; additions by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import holdings
from bankrec.bank.products import N_PRODUCTS, PRODUCT_COLUMNS, PRODUCTS
from bankrec.evaluation import metrics
from bankrec.evaluation.metrics import K
from bankrec.history import History
from bankrec.holdings import Words, unpack
from bankrec.ranked import SCORE_BANDS
from bankrec.transitions import Transition

Floats = npt.NDArray[np.float64]


def expected_matrix(items: holdings.Items, scores: npt.NDArray[np.float32]) -> Floats:
    """Scores by product rather than by rank: float64 [n, 24], 0 where a product is not listed."""
    by_product = np.zeros((len(items), N_PRODUCTS + 1))
    np.put_along_axis(by_product, np.where(items >= 0, items, N_PRODUCTS).astype(np.int64), scores, axis=1)
    by_product[:, N_PRODUCTS] = 0.0
    return by_product[:, :N_PRODUCTS]


def by_product(items: holdings.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per product: how many expected and added it, how often it was shown and found in the first 7."""
    flags, lists = unpack(added), expected_matrix(items, scores)
    hit = metrics.hits(items, added, K)
    top = items[:, :K]
    found = np.bincount(top[hit[:, : top.shape[1]]], minlength=N_PRODUCTS)
    observed = flags.sum(axis=0)
    return pd.DataFrame(
        {
            "product": [product.english for product in PRODUCTS],
            "expected additions": lists.sum(axis=0).round(1),
            "additions": observed,
            "shown in first 7": metrics.shown(items, K),
            "found in first 7": found,
            "recall@7": np.divide(found, observed, out=np.full(N_PRODUCTS, np.nan), where=observed > 0),
        },
        index=pd.Index(PRODUCT_COLUMNS, name="item_id"),
    )


def by_rank(items: holdings.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per rank 1 to 7: recommendations, mean score, share that was added."""
    hit, top = metrics.hits(items, added, K), items[:, :K] >= 0
    shown = top.sum(axis=0)
    mean = np.where(top, scores[:, :K], 0.0).sum(axis=0) / np.maximum(shown, 1)
    return pd.DataFrame(
        {
            "recommendations": shown,
            "mean score": mean,
            "share added": hit[:, :K].sum(axis=0) / np.maximum(shown, 1),
        },
        index=pd.RangeIndex(1, K + 1, name="rank"),
    )


def reliability(items: holdings.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per band of score: recommendations, mean score, share that was added, its standard error."""
    listed = items >= 0
    flags = metrics.hits(items, added, items.shape[1])
    said, seen = scores[listed].astype(np.float64), flags[listed].astype(np.float64)
    band = np.digitize(said, SCORE_BANDS[1:-1])
    count = np.bincount(band, minlength=len(SCORE_BANDS) - 1)
    share = np.bincount(band, seen, minlength=len(count)) / np.maximum(count, 1)
    return pd.DataFrame(
        {
            "score from": SCORE_BANDS[:-1],
            "to": SCORE_BANDS[1:],
            "recommendations": count,
            "mean score": np.bincount(band, said, minlength=len(count)) / np.maximum(count, 1),
            "share added": share,
            "standard error": np.sqrt(share * (1 - share) / np.maximum(count, 1)),
        }
    )


def additions_by_month(history: History) -> pd.DataFrame:
    """Customers who add each product, months as rows (YYYY-MM) from the second on, item ids as columns."""
    rows = [unpack(Transition.into(history.words, t).added).sum(axis=0) for t in range(1, len(history.months))]
    months = [f"{month:%Y-%m}" for month in history.months[1:]]
    return pd.DataFrame(rows, index=pd.Index(months, name="month"), columns=list(PRODUCT_COLUMNS))


def importances(ranker: Any) -> pd.Series:
    """Importance of each feature of a CatBoost `ranker`, in percent of all (CatBoost's prediction values change)."""
    return pd.Series(ranker.get_feature_importance(), index=ranker.feature_names_)
