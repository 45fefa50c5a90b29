"""Evaluation: ranked lists against what was added, beside the maximum and the popularity baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import candidates, metrics, popularity
from bankrec.config import Config
from bankrec.eligibility import restricted
from bankrec.histories import History
from bankrec.intervals import ratio_interval
from bankrec.products import N_PRODUCTS, PRODUCT_COLUMNS, PRODUCTS
from bankrec.recommend import Ranked, ranked_items
from bankrec.recommender import Recommender
from bankrec.rules import Rule
from bankrec.tally import SCORE_BANDS
from bankrec.training import backtest
from bankrec.words import HOLDINGS, PRESENT, Words, acquired, unpack

Floats = npt.NDArray[np.float64]
K = 7
BY_CUSTOMER = ("user_id", "items", "scores", "held", "status", "segment", "barred")  # of `Ranked`


def lists_by(rates: Floats, held: Words) -> metrics.Items:
    """Lists that rank what is not held by `rates` ([24] for all customers, or [n, 24]): int8 [n, 24]."""
    order = np.broadcast_to(rates, (len(held), N_PRODUCTS))
    return ranked_items(order, order, unpack(held))[0]


def evaluate(
    items: metrics.Items, scores: npt.NDArray[np.float32], added: Words, held: Words, popular: metrics.Items
) -> dict[str, float]:
    """All metrics of the lists of n customers, flat: name -> number.

    `items`, `scores` [n, 24] as in `Ranked`; `added` uint32 [n] what they added in the target month;
    `held` uint32 [n] what they held before; `popular` int8 [n, m] the baseline's lists. MAP@7 is over
    all customers (the competition's) and as a share of its maximum, the share of customers who add;
    precision over all customers; recall, NDCG and hit rate over customers who add.
    """
    n, adds = len(added), (metrics.additions(added) > 0).astype(np.float64)
    each = metrics.average_precision(items, added, K)
    over_all, of_maximum = ratio_interval(each, np.ones(n)), ratio_interval(each, adds)
    baseline = metrics.average_precision(popular, added, K)
    lists, flags = expected_matrix(items, scores), unpack(added)
    expected, observed = float(lists.sum()), float(flags.sum())
    free = ~unpack(held)
    adders = max(adds.sum(), 1.0)
    return {
        "customers": n,
        "adders": float(adds.sum()),
        "map_at_7": over_all.value,
        "map_at_7_low": over_all.low,
        "map_at_7_high": over_all.high,
        "map_at_7_maximum": float(adds.mean()),
        "map_at_7_of_maximum": of_maximum.value,
        "map_at_7_of_maximum_low": of_maximum.low,
        "map_at_7_of_maximum_high": of_maximum.high,
        "map_at_7_popularity": float(baseline.mean()),
        "map_at_7_popularity_of_maximum": float(baseline.sum() / adders),
        "precision_at_7": float(metrics.precision(items, added, K).mean()),
        "recall_at_7": float(metrics.recall(items, added, K).sum() / adders),
        "ndcg_at_7": float(metrics.ndcg(items, added, K).sum() / adders),
        "hit_rate_at_7": float(metrics.hit_rate(items, added, K).sum() / adders),
        "hit_rate_at_1": float(metrics.hit_rate(items, added, 1).sum() / adders),
        "coverage": metrics.coverage(items, 5),
        "novelty": metrics.novelty(items, held, 5),
        "exposure_gini": metrics.exposure_gini(items, 5),
        "expected_additions": expected,
        "observed_additions": observed,
        "forecast_error": expected / observed - 1.0 if observed else float("nan"),
        "calibration_error": metrics.calibration_error(lists[free], flags[free]),
        "base_rate": float(flags[free].mean()) if free.any() else float("nan"),
    }


def expected_matrix(items: metrics.Items, scores: npt.NDArray[np.float32]) -> Floats:
    """Scores by product rather than by rank: float64 [n, 24], 0 where a product is not listed."""
    by_product = np.zeros((len(items), N_PRODUCTS + 1))
    np.put_along_axis(by_product, np.where(items >= 0, items, N_PRODUCTS).astype(np.int64), scores, axis=1)
    by_product[:, N_PRODUCTS] = 0.0
    return by_product[:, :N_PRODUCTS]


def by_product(items: metrics.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per product: how many expected and added it, how often it was shown and found in the first 7."""
    flags, lists = unpack(added), expected_matrix(items, scores)
    found = np.zeros(N_PRODUCTS, np.int64)
    hit = metrics.hits(items, added, K)
    top = items[:, :K]
    found += np.bincount(top[hit[:, : top.shape[1]]], minlength=N_PRODUCTS)
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


def by_rank(items: metrics.Items, scores: npt.NDArray[np.float32], added: Words, k: int = K) -> pd.DataFrame:
    """A row per rank 1..k: recommendations, mean score, share that was added."""
    hit, top = metrics.hits(items, added, k), items[:, :k] >= 0
    shown = top.sum(axis=0)
    mean = np.where(top, scores[:, :k], 0.0).sum(axis=0) / np.maximum(shown, 1)
    return pd.DataFrame(
        {
            "recommendations": shown,
            "mean score": mean,
            "share added": hit[:, :k].sum(axis=0) / np.maximum(shown, 1),
        },
        index=pd.RangeIndex(1, k + 1, name="rank"),
    )


def reliability(items: metrics.Items, scores: npt.NDArray[np.float32], added: Words) -> pd.DataFrame:
    """A row per band of score: recommendations, mean score, share that was added, its standard error."""
    listed = items >= 0
    flags = (added[:, None] >> np.maximum(items, 0).astype(np.uint32)) & np.uint32(1) == 1
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


def baselines(history: History, t: int, rows: npt.NDArray[np.int64], config: Config) -> dict[str, metrics.Items]:
    """Lists for target month `t` without a ranker, for the customers at `rows`: name -> int8 [n, 24].

    What is popular to hold, what is popular to add, the same within segment x age band, ALS alone.
    """
    past = history.until(t)
    few = past.take(rows)
    held = (few.words[:, -1] & HOLDINGS).astype(np.uint32)
    factors = candidates.item_factors(past, config.als, config.seed)
    rates = {
        "popularity of ownership": popularity.of_ownership(past),
        "popularity of additions": popularity.of_additions(past),
        "popularity by segment and age": popularity.by_cell(past)[popularity.cells(few)],
        "ALS alone": candidates.scores(few, factors, config.als).astype(np.float64),
    }
    return {name: lists_by(rate, held) for name, rate in rates.items()}


def compare(lists: dict[str, metrics.Items], added: Words) -> pd.DataFrame:
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
            "coverage@5": metrics.coverage(items, 5),
        }
    return pd.DataFrame(rows).T


def additions_by_month(history: History) -> pd.DataFrame:
    """Customers who add each product, months as rows (YYYY-MM) from the second on, item ids as columns."""
    rows = [
        unpack(acquired(history.words[:, t - 1], history.words[:, t])).sum(axis=0)
        for t in range(1, len(history.months))
    ]
    months = [f"{month:%Y-%m}" for month in history.months[1:]]
    return pd.DataFrame(rows, index=pd.Index(months, name="month"), columns=list(PRODUCT_COLUMNS))


def in_target(history: History, ranked: Ranked, target: int) -> tuple[Ranked, Words]:
    """The lists of customers who are present in the target month too, and what they added in it."""
    rows = np.searchsorted(history.user_id, ranked.user_id)
    before, after = history.words[rows, target - 1], history.words[rows, target]
    there = (after & PRESENT) != 0
    kept = replace(ranked, **{name: getattr(ranked, name)[there] for name in BY_CUSTOMER})
    return kept, acquired(before, after)[there]


def judge_months(
    history: History, config: Config, targets: Sequence[int], *, own: tuple[Rule, ...] = (), progress: bool = True
) -> Iterator[tuple[int, Recommender, Ranked, Words, dict[str, float]]]:
    """The backtest, judged: for each target month its recommender, lists, additions and metrics.

    `own` are the bank's own rules: the lists are judged without what they bar.
    """
    for target, recommender, everyone in backtest(history, config, targets, progress=progress):
        offered = restricted(everyone, history.until(target), recommender.evidence, own)
        yield (target, recommender, *judge_month(history, target, offered))


def judge_month(history: History, target: int, everyone: Ranked) -> tuple[Ranked, Words, dict[str, float]]:
    """Lists made for `target`, judged: those of customers present in it, what they added, all metrics."""
    ranked, added = in_target(history, everyone, target)
    popular = lists_by(popularity.of_additions(history.until(target)), ranked.held & HOLDINGS)
    return ranked, added, evaluate(ranked.items, ranked.scores, added, ranked.held, popular)


def format_metrics(found: dict[str, Any]) -> str:
    """The headline metrics as lines of text."""
    lines = [
        f"customers {found['customers']:,.0f}, of whom {found['adders']:,.0f} add something",
        f"MAP@7      {found['map_at_7']:.5f} [{found['map_at_7_low']:.5f}, {found['map_at_7_high']:.5f}]"
        f" of at most {found['map_at_7_maximum']:.5f}",
        f"  of max   {found['map_at_7_of_maximum']:.4f}"
        f" [{found['map_at_7_of_maximum_low']:.4f}, {found['map_at_7_of_maximum_high']:.4f}]"
        f"; popularity {found['map_at_7_popularity_of_maximum']:.4f}",
        f"recall@7   {found['recall_at_7']:.4f}  NDCG@7 {found['ndcg_at_7']:.4f}"
        f"  hits@7 {found['hit_rate_at_7']:.4f}, @1 {found['hit_rate_at_1']:.4f} (over customers who add)",
        f"precision@7 {found['precision_at_7']:.5f} (over all customers)",
        f"coverage@5 {found['coverage']:.3f}  novelty@5 {found['novelty']:.3f} bits",
        f"additions  {found['expected_additions']:,.0f} expected, {found['observed_additions']:,.0f} seen"
        f" ({found['forecast_error']:+.1%}); calibration error {found['calibration_error']:.5f}"
        f" at a base rate of {found['base_rate']:.5f}",
    ]
    return "\n".join(lines)
