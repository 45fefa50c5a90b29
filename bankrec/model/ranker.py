"""The ranker: which product a customer acquires if any, and whether the customer acquires any.

CatBoost on pairs (customer with an acquisition, product not held) estimates the first, with the share by the additive
model among its features. A small CatBoost on customers estimates the second. The product of both chances is the chance
of the pair before calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from catboost import CatBoostClassifier, Pool

from bankrec.config import ActivityConfig, Config, RankerConfig
from bankrec.holdings import Words, unpack
from bankrec.model.additive import Additive, log_shares
from bankrec.model.vocabulary import Vocabulary

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """Rows to learn from: `x` float32 [rows, f], `y` bool [rows], `weight` and `baseline` float [rows]."""

    x: Matrix
    y: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float32]
    baseline: Floats


@dataclass(frozen=True)
class Models:
    """The models that turn a history into log-odds."""

    config: Config
    vocabulary: Vocabulary
    additive: Additive
    ranker: CatBoostClassifier
    activity: CatBoostClassifier


def train_ranker(parts: Sequence[Examples], names: Sequence[str], config: Config) -> CatBoostClassifier:
    """Fit the pair model on examples of several target months."""
    return _train(parts, names, config, config.ranker, l2_leaf_reg=config.ranker.l2)


def train_activity(parts: Sequence[Examples], names: Sequence[str], config: Config) -> CatBoostClassifier:
    """Fit the model of whether a customer acquires anything; its base rate is the mean of the months."""
    model = _train(parts, names, config, config.activity)
    scale, bias = model.get_scale_and_bias()
    level = float(np.mean([part.baseline[0] for part in parts if len(part.baseline)]))
    model.set_scale_and_bias(scale, bias + level)
    return model


def pair_logits(model: CatBoostClassifier, pairs: Matrix, products: int) -> Floats:
    """Log-odds that it is this product, without the month's base rate: float64 [n, products], held ones too.

    `pairs` float32 [n x products, features]: the products of a customer one after the other (`Features.all_pairs`).
    """
    return _predict(model, pairs).reshape(-1, products)


def blended(pair: Floats, additive: Floats, held: Words, share: float | Floats) -> Floats:
    """Log of P(this product | something is acquired): float64 [n, products], about -1e9 for products held.

    The chances of `pair` [n, products], scaled to add up to 1 over products not `held` uint64 [n]; with a `share`,
    the additive model has this weight in the mean of logs.
    """
    free = ~unpack(held, pair.shape[1])
    log_pair = log_shares(-np.logaddexp(0.0, -pair), free)
    return log_shares((1.0 - share) * log_pair + share * log_shares(additive, free), free) if share else log_pair


def activity_logits(model: CatBoostClassifier, customers: Matrix) -> Floats:
    """Log-odds that the customer acquires anything: float64 [n], from the customers' features, float32 [n, f]."""
    return _predict(model, customers)


def joint_logits(log_share: Floats, activity: Floats, largest: float) -> Floats:
    """Log-odds of acquiring the product: P(acquires anything) x P(this one | something), float64 [n, products].

    They are limited to +-`largest`.
    """
    log_p = log_share - np.logaddexp(0.0, -activity)[:, None]
    logits = log_p - np.log(-np.expm1(np.minimum(log_p, -1e-9)))
    return np.clip(logits, -largest, largest)


def _train(
    parts: Sequence[Examples],
    names: Sequence[str],
    config: Config,
    chosen: RankerConfig | ActivityConfig,
    **more: float,
) -> CatBoostClassifier:
    x = np.concatenate([part.x for part in parts])
    y = np.concatenate([part.y for part in parts]).astype(np.int8)
    weight = np.concatenate([part.weight for part in parts])
    baseline = np.concatenate([part.baseline for part in parts])
    model = CatBoostClassifier(
        loss_function="Logloss",
        random_seed=config.seed,
        thread_count=config.threads,
        allow_writing_files=False,
        logging_level="Silent",
        bootstrap_type="Bernoulli",
        iterations=chosen.trees,
        depth=chosen.depth,
        learning_rate=chosen.learning_rate,
        border_count=chosen.border_count,
        subsample=chosen.subsample,
        leaf_estimation_iterations=chosen.leaf_steps,
        **more,
    )
    model.fit(Pool(x, y, weight=weight, feature_names=list(names), baseline=baseline))
    return model


def _predict(model: CatBoostClassifier, x: Matrix) -> Floats:
    return np.asarray(model.predict(x, prediction_type="RawFormulaVal", thread_count=1), dtype=np.float64)
