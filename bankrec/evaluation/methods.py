"""The methods that a training is compared with, as ranked lists of the same customers for the same month.

Baselines without a ranker, each model of the recommender on its own, and the lists that the backtest made.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec import holdings
from bankrec.config import Config
from bankrec.evaluation import metrics
from bankrec.evaluation.at_k import at_k
from bankrec.evaluation.backtest import Backtest
from bankrec.evaluation.baselines import baselines
from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import K
from bankrec.history import History
from bankrec.holdings import Words
from bankrec.model.features import features
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import additive_scores
from bankrec.ranked import lists_by

Floats = npt.NDArray[np.float64]

OURS, ADDITIVE, CATBOOST = "our model", "additive model alone", "CatBoost on pairs"
EVERY = 25  # trees between two points of a curve


def lists_by_method(history: History, backtest: Backtest, config: Config) -> dict[str, holdings.Items]:
    """Lists of each method for the customers of `backtest.ranked`, in that order: int8 [n, products]."""
    rows, held = history.rows(backtest.ranked.user_id), backtest.ranked.held
    past, lists = history.until(backtest.target).take(rows), baselines(history, backtest.target, rows, config)
    of, level = backtest.recommender, backtest.recommender.calibration.level
    batches = list(past.batches())
    alone = {
        ADDITIVE: [additive_scores(batch, of.models) for batch in batches],
        CATBOOST: [pair_scores(batch, of) for batch in batches],
    }
    lists |= {name: lists_by(np.concatenate(scores) + level, held) for name, scores in alone.items()}
    return lists | {OURS: backtest.ranked.items}


def pair_scores(past: History, of: Recommender, trees: int = 0) -> Floats:
    """Log-odds of CatBoost on pairs, of its first `trees` (0: all): float64 [n, products].

    The log share by the additive model is among its features.
    """
    pairs = features(past, of.items, of.config).all_pairs(additive_scores(past, of.models))
    log_odds = of.ranker.predict(pairs, prediction_type="RawFormulaVal", ntree_end=trees)
    return np.asarray(log_odds, dtype=np.float64).reshape(-1, past.bank.n)


def by_trees(history: History, backtest: Backtest) -> tuple[list[int], list[float]]:
    """How CatBoost on pairs does on the month of the backtest, which it has not seen, with more and more trees.

    Numbers of trees, and MAP@7 as a share of its maximum at each: of customers who add something.
    """
    adds = np.flatnonzero(backtest.added)
    past = history.of(backtest.ranked.user_id[adds]).until(backtest.target)
    of, added, held = backtest.recommender, backtest.added[adds], backtest.ranked.held[adds]
    last = of.ranker.tree_count_
    steps = sorted({*range(EVERY, last, EVERY), last})
    shares = []
    for trees in steps if len(adds) else ():
        lists = lists_by(pair_scores(past, of, trees) + of.calibration.level, held)
        shares.append(float(metrics.average_precision(lists, added, K).mean()))
    return steps[: len(shares)], shares


def list_quality(items: holdings.Items, added: Words, held: Words) -> dict[str, float]:
    """How good ranked lists are, each name with its number of places; nothing that needs scores.

    MAP and precision are over all customers, `map_at_7_of_maximum` (with its 95% interval), recall, NDCG and hit rates
    over customers who add something. `added` and `held` uint64 [n].
    """
    adds = (metrics.acquisitions(added) > 0).astype(np.float64)
    acquirers, each = max(adds.sum(), 1.0), metrics.average_precision(items, added, K)
    quality = {f"map_at_{K}": float(each.mean()), **ratio_interval(each, adds).as_dict(f"map_at_{K}_of_maximum")}
    for k, figures in at_k(items, added, held).items():
        quality |= {f"{name}_at_{k}": value for name, value in vars(figures).items()} | {
            f"ndcg_at_{k}": float(metrics.ndcg(items, added, k).sum() / acquirers),
            f"hit_rate_at_{k}": float(metrics.hit_rate(items, added, k).sum() / acquirers),
        }
    return quality
