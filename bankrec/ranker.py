"""The ranker: CatBoost on pairs (customer who adds something, product not held): is it this product?

Beside it a small model of whether a customer adds anything; the product of both is the chance of the
pair before calibration. Both see features of `bankrec.features` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from catboost import CatBoostClassifier, Pool

from bankrec.config import Config
from bankrec.features import Features
from bankrec.products import N_PRODUCTS
from bankrec.words import Words, unpack

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
LARGEST_LOGIT = 20.0


@dataclass(frozen=True)
class Examples:
    """Rows to learn from: `x` float32 [rows, f], `y` bool [rows], `weight` float32 [rows]."""

    x: Matrix
    y: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float32]


def pair_examples(features: Features, added: Words, weight: Floats) -> Examples:
    """Pairs of customers who add something with the products they do not hold.

    `added` words [n] of what they add, none of them 0; `weight` [n] of the customer. A customer with m
    additions weighs 1/m, so that everybody counts once, as in MAP.
    """
    rows, bits = np.nonzero(~unpack(features.held))
    new = unpack(added)
    share = weight / np.maximum(new.sum(axis=1), 1)
    return Examples(features.pairs(rows, bits), new[rows, bits], share[rows].astype(np.float32))


def train_ranker(parts: Sequence[Examples], names: Sequence[str], config: Config) -> CatBoostClassifier:
    """Fit the pair model on examples of several target months."""
    chosen = config.ranker
    return _train(
        parts,
        names,
        config,
        iterations=chosen.trees,
        depth=chosen.depth,
        learning_rate=chosen.learning_rate,
        l2_leaf_reg=chosen.l2,
        border_count=chosen.border_count,
    )


def train_activity(parts: Sequence[Examples], names: Sequence[str], config: Config) -> CatBoostClassifier:
    """Fit the model of whether a customer adds anything."""
    chosen = config.activity
    return _train(
        parts,
        names,
        config,
        iterations=chosen.trees,
        depth=chosen.depth,
        learning_rate=chosen.learning_rate,
        border_count=64,
    )


def pair_logits(model: CatBoostClassifier, features: Features) -> Floats:
    """Log-odds that it is this product, for every product: float64 [n, 24]; held ones too."""
    rows, bits = np.divmod(np.arange(len(features.held) * N_PRODUCTS), N_PRODUCTS)
    return _predict(model, features.pairs(rows, bits)).reshape(-1, N_PRODUCTS)


def activity_logits(model: CatBoostClassifier, features: Features) -> Floats:
    """Log-odds that the customer adds anything: float64 [n]."""
    return _predict(model, features.customer.T)


def joint_logits(pair: Floats, activity: Floats) -> Floats:
    """Log-odds of adding the product: P(adds anything) x P(this one | adds something), float64 [n, 24]."""
    log_p = -np.logaddexp(0.0, -pair) - np.logaddexp(0.0, -activity)[:, None]
    logits = log_p - np.log(-np.expm1(np.minimum(log_p, -1e-9)))
    clipped: Floats = np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT)
    return clipped


def _train(
    parts: Sequence[Examples], names: Sequence[str], config: Config, **chosen: float
) -> CatBoostClassifier:
    x = np.concatenate([part.x for part in parts])
    y = np.concatenate([part.y for part in parts]).astype(np.int8)
    weight = np.concatenate([part.weight for part in parts])
    model = CatBoostClassifier(
        loss_function="Logloss",
        random_seed=config.seed,
        thread_count=config.threads,
        allow_writing_files=False,
        logging_level="Silent",
        boost_from_average=True,
        bootstrap_type="Bernoulli",
        subsample=0.8,
        **chosen,
    )
    model.fit(Pool(x, y, weight=weight, feature_names=list(names)))
    return model


def _predict(model: CatBoostClassifier, x: Matrix) -> Floats:
    return np.asarray(model.predict(x, prediction_type="RawFormulaVal"), dtype=np.float64)
