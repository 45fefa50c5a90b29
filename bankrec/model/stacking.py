"""Stacking: the additive model is fitted, and scores its training customers for the pair model.

Wolpert 1992, "Stacked generalization": the second model learns from scores of customers on whom the first one was not
fitted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from bankrec.ahead import ahead
from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import pack
from bankrec.model.additive import Additive, log_shares, train_additive
from bankrec.model.crossings import commonest_baskets, crossed
from bankrec.model.examples import Acquirers
from bankrec.model.negatives import pair_weights
from bankrec.sampling import Purpose, sample_key

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def weights_of_pairs(taught: Sequence[Acquirers], scores: Sequence[Floats], config: Config) -> list[Floats]:
    """`pair_weights` of several months, by the shares that follow from `scores`: [n, products] each."""
    shares = [
        np.exp(log_shares(of_month + month.level, month.free)) for month, of_month in zip(taught, scores, strict=True)
    ]
    free = [month.free for month in taught]
    return pair_weights(shares, [month.shares > 0 for month in taught], free, config.ranker, config.seed)


def fit_additive(history: History, taught: Sequence[Acquirers], config: Config) -> tuple[Additive, list[Floats]]:
    """The additive model of several months, and the scores of its customers, float64 [n, products] for each month.

    The score of a customer comes from a model fitted on the other folds of customers: the pair model would rely too
    much on the scores of a model that was fitted on their acquisitions.
    """
    chosen, bank = config.additive, history.bank
    held = [pack(~month.free) for month in taught]
    baskets = commonest_baskets(np.concatenate(held), chosen.baskets)
    known = [crossed(month.known, words, baskets, bank) for month, words in zip(taught, held, strict=True)]
    x = sp.vstack([of_month.one_hot() for of_month in known]).tocsr()
    columns = {
        name: np.concatenate([getattr(month, name) for month in taught]) for name in ("shares", "free", "weight")
    }
    columns["level"] = np.concatenate([np.broadcast_to(month.level, month.shares.shape) for month in taught])

    def fitted(rows: Mask) -> Additive:
        of_rows = {name: column[rows] for name, column in columns.items()}
        return train_additive(x[rows], **of_rows, baskets=baskets, config=chosen)

    folds = [
        np.floor(sample_key(history.user_id[month.rows], Purpose.FOLDS) * chosen.folds).astype(np.int64)
        for month in taught
    ]
    of_row = np.concatenate(folds)
    everyone = np.ones(len(of_row), dtype=np.bool_)
    whole, *others = ahead(fitted, [everyone, *(of_row != fold for fold in range(chosen.folds))])
    scores = [np.empty(month.shares.shape) for month in taught]
    for fold, of_others in enumerate(others):
        for month, of_month, part in zip(scores, known, folds, strict=True):
            month[part == fold] = of_others.scores(of_month.take(part == fold))
    return whole, scores
