"""The reference model that ours is compared with: one multi-class LightGBM on acquisitions.

Good public solutions of the Santander competition have it in common. A row is an added product of
a customer in a month, for all transitions; a customer's row in a month with n acquisitions weighs
exp(1/n - 1). Features: flags at lags 1 to 6, ever held, counts of acquisitions and of drops, share of months
held, months since held, profile. Leaves and rounds are chosen on the last transition, then the model is
fitted on all transitions. The learning rate is theirs; the least Hessian of a leaf and the L2 term are XGBoost's
defaults, which they used: with LightGBM's own (0.001 and 0) the fit is worse, and varies more between banks.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from bankrec.evaluation.metrics import average_precision
from bankrec.history import History, active, first_ages, segment_codes, state, stated
from bankrec.holdings import Words, all_held, known, unpack
from bankrec.santander.columns import N_PRODUCTS
from bankrec.tenure import tenure
from bankrec.transitions import Transition

Matrix = npt.NDArray[np.float32]
LEAVES = (7, 15, 31)
LAGS = 6
MOST_ROUNDS = 400
PATIENCE = 8  # rounds without a lower log-loss on the last transition
BATCH = 50_000
HELD = all_held(N_PRODUCTS)
TEXTS = ("sexo", "pais_residencia", "canal_entrada", "ind_empleado", "indext")


@dataclass(frozen=True)
class Reference:
    """The fitted model: `codes` of the text columns, `classes` the product bit of each class."""

    model: lgb.Booster
    codes: dict[str, dict[str, int]]
    classes: npt.NDArray[np.int64]
    leaves: int
    rounds: int


def fit(history: History, *, seed: int = 0, threads: int = 1) -> Reference:
    """Fit on all transitions inside `history`; one thread, as two are not faster for small trees of many classes."""
    last = len(history.months) - 1
    codes = _codes(history.until(last))
    parts = [_examples(history, t, codes) for t in range(1, last + 1)]
    classes = np.unique(np.concatenate([label for _, label, _ in parts]))
    x, y, weight = _join(parts[:-1] or parts, classes)
    inside = np.unique(y)
    evaluated, truth, held = _validation(history, last, codes)
    train = lgb.Dataset(x, y, weight=weight, free_raw_data=False, params={"verbose": -1})
    xv, yv, wv = _join(parts[-1:], classes)
    seen = np.isin(yv, inside)
    check = train.create_valid(xv[seen], yv[seen], weight=wv[seen])
    tried = []
    for leaves in LEAVES:
        model = lgb.train(
            _parameters(leaves, len(classes), seed, threads),
            train,
            MOST_ROUNDS,
            valid_sets=[check],
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
        )
        rounds = max(model.best_iteration, 1)
        chance = np.zeros((len(truth), N_PRODUCTS))
        chance[:, classes] = np.asarray(model.predict(evaluated, num_iteration=rounds))
        precision = average_precision(_ranked(chance, held)[0], truth)
        tried.append((float(precision.mean()) if len(precision) else 0.0, leaves, rounds))
    _, leaves, rounds = max(tried)
    x, y, weight = _join(parts, classes)
    everything = lgb.Dataset(x, y, weight=weight, params={"verbose": -1})
    model = lgb.train(_parameters(leaves, len(classes), seed, threads), everything, rounds)
    return Reference(model, codes, classes, leaves, rounds)


def rank(past: History, reference: Reference) -> tuple[npt.NDArray[np.int8], Matrix]:
    """Lists for the month after `past`: `items` int8 [n, 24] without what is held, and their `scores`.

    A score is the model's chance that an added product is this one, not that it is added.
    """
    items = np.full((len(past), N_PRODUCTS), -1, np.int8)
    scores = np.zeros((len(past), N_PRODUCTS), np.float32)
    for start in range(0, len(past), BATCH):
        rows = np.arange(start, min(start + BATCH, len(past)))
        part = past.take(rows)
        chance = np.zeros((len(part), N_PRODUCTS))
        chance[:, reference.classes] = np.asarray(reference.model.predict(features(part, reference.codes)))
        items[rows], scores[rows] = _ranked(chance, part.words[:, -1] & HELD)
    return items, scores


def features(past: History, codes: dict[str, dict[str, int]]) -> Matrix:
    """Features of every customer for the month after `past`: float32 [n, columns]."""
    words = past.words
    months = words.shape[1]
    is_known = known(words)
    flags = unpack(words, N_PRODUCTS) & is_known[..., None]
    both = (is_known[:, 1:] & is_known[:, :-1])[..., None]
    unseen = np.full((len(past), N_PRODUCTS), np.nan, np.float32)
    lags = [
        np.where(is_known[:, -lag, None], flags[:, -lag], np.nan) if lag <= months else unseen
        for lag in range(1, LAGS + 1)
    ]
    since = np.where(flags.any(axis=1), np.argmax(flags[:, ::-1], axis=1) + 1, np.nan)
    history = [
        flags.any(axis=1),
        (flags[:, 1:] & ~flags[:, :-1] & both).sum(axis=1),
        (~flags[:, 1:] & flags[:, :-1] & both).sum(axis=1),
        flags.sum(axis=1) / np.maximum(is_known.sum(axis=1), 1)[:, None],
        since,
    ]
    blocks = [*lags, *history, _profile(past, codes)]
    return np.concatenate([np.asarray(block, np.float32) for block in blocks], axis=1)


def _profile(past: History, codes: dict[str, dict[str, int]]) -> Matrix:
    profile = past.profile
    columns = [
        first_ages(past),
        profile["renta"].to_numpy(),
        profile["cod_prov"].to_numpy(),
        tenure(past),
        stated(past, "residence"),
        active(past)[:, -1],
        state(past, "relation"),
        segment_codes(past),
    ]
    columns += [np.array([codes[name].get(value, -1) for value in profile[name].to_pylist()]) for name in TEXTS]
    return np.column_stack([np.asarray(column, np.float32) for column in columns])


def _codes(past: History) -> dict[str, dict[str, int]]:
    """Whole numbers for text values, the most frequent first."""
    codes = {}
    for name in TEXTS:
        counts = past.profile[name].combine_chunks().value_counts().to_pylist()
        counts.sort(key=lambda row: (-row["counts"], str(row["values"])))
        codes[name] = {row["values"]: code for code, row in enumerate(counts)}
    return codes


Example = tuple[Matrix, npt.NDArray[np.int64], npt.NDArray[np.float64]]


def _examples(history: History, t: int, codes: dict[str, dict[str, int]]) -> Example:
    added = Transition.into(history.words, t, N_PRODUCTS).added
    rows = np.flatnonzero(added)
    known_then = features(history.until(t).take(rows), codes)
    which, bits = np.nonzero(unpack(added[rows], N_PRODUCTS))
    count = np.bitwise_count(added[rows]).astype(np.float64)
    return known_then[which], bits, np.exp(1.0 / count - 1.0)[which]


def _join(parts: list[Example], classes: npt.NDArray[np.int64]) -> Example:
    x, bits, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return x, np.searchsorted(classes, bits), weight


def _validation(history: History, t: int, codes: dict[str, dict[str, int]]) -> tuple[Matrix, Words, Words]:
    """Acquirers of month `t`: features, acquisitions, holdings."""
    added = Transition.into(history.words, t, N_PRODUCTS).added
    rows = np.flatnonzero(added)
    return (
        features(history.until(t).take(rows), codes),
        added[rows],
        history.words[rows, t - 1] & HELD,
    )


def _ranked(chance: npt.NDArray[np.float64], held: Words) -> tuple[npt.NDArray[np.int8], Matrix]:
    barred = unpack(held, N_PRODUCTS)
    order = np.argsort(np.where(barred, np.inf, -chance), axis=1, kind="stable")
    left = np.arange(N_PRODUCTS) < (~barred).sum(axis=1)[:, None]
    scores = np.where(left, np.take_along_axis(chance, order, axis=1), 0.0)
    return np.where(left, order, -1).astype(np.int8), scores.astype(np.float32)


def _parameters(leaves: int, classes: int, seed: int, threads: int) -> dict[str, object]:
    return {
        "objective": "multiclass",
        "num_class": classes,
        "num_leaves": leaves,
        "learning_rate": 0.05,
        "feature_fraction": 0.5,
        "min_data_in_leaf": 20,
        "min_sum_hessian_in_leaf": 1.0,
        "lambda_l2": 1.0,
        "max_bin": 63,
        "num_threads": threads,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "verbose": -1,
    }
