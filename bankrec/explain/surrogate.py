"""The surrogate: the ranker's score as a sum of parts, one for each state of a customer.

The ranker is made of trees on top of an additive model, which do not show the effect of a single fact.
So a linear model on the same one-hot states is fitted to the score itself: ridge regression, as LIME (Ribeiro et
al. 2016) does around one customer, here over the whole bank. The share of the score's variance that it explains on
other customers is stored with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from bankrec.history import History, present
from bankrec.holdings import unpack
from bankrec.model import ranker
from bankrec.model.additive import log_shares
from bankrec.model.features import features
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import additive_scores
from bankrec.model.states import States, states

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """`weights` float64 [states, products]: what a state adds to the usual customer's score of a product.

    `intercept` [products] is the usual customer's score; `explained` (one number) the share of the score's variance
    that is explained on customers it was not fitted to, the mean over products.
    """

    weights: Floats
    intercept: Floats
    explained: Floats


def usual_shares(surrogate: Surrogate, free: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """P(this product | something is acquired) of the usual customer with the same `free`: float64 [n, products]."""
    score = np.broadcast_to(surrogate.intercept, free.shape)
    return np.exp(log_shares(score, free))


def learn_surrogate(past: History, recommender: Recommender) -> Surrogate:
    """Fit to the scores of about `ReasonConfig.customers` of the last month of `past`; every third is a test customer.

    Customers are weighted by their chance to acquire anything, as the ranker is about those who do.
    """
    rows, config = np.flatnonzero(present(past)), recommender.config.reasons
    chosen = rows[:: max(1, len(rows) // config.customers)]
    tested = np.arange(len(chosen)) % 3 == 2
    known, score, weight = _scored(past.take(chosen[~tested]), recommender)
    parts, intercept = _fit(known, score, weight, config.ridge)
    # The parts of each field are centred at their mean among customers who can acquire the product.
    share = known.one_hot().T @ weight / np.maximum(weight.sum(axis=0), 1e-9)
    means = np.add.reduceat(share * parts, known.offsets(), axis=0)
    centred = parts - np.repeat(means, known.sizes, axis=0)
    made = Surrogate(centred, intercept + means.sum(axis=0), np.array(np.nan))
    if not tested.any():
        return made
    known, score, weight = _scored(past.take(chosen[tested]), recommender)
    return replace(made, explained=np.array(_explained(known.sums(made.weights, made.intercept), score, weight)))


def _scored(past: History, recommender: Recommender) -> tuple[States, Floats, Floats]:
    """States [n]; log chances of pairs, not scaled to add up to 1, and weights, 0 where held: [n, products]."""
    models = recommender.models
    level = recommender.calibration.level + recommender.calibration.intercept  # of the month to come
    known = features(past, recommender.items, models.config)
    state = states(past, models.vocabulary, models.config)
    pairs = known.all_pairs(additive_scores(past, models))
    score = -np.logaddexp(0.0, -ranker.pair_logits(models.ranker, pairs, past.bank.n) - level)
    adds = expit(ranker.activity_logits(models.activity, known.customer.T))
    weight = np.where(unpack(known.held, past.bank.n), 0.0, (adds / adds.mean())[:, None])
    return state, score, weight


def _fit(known: States, score: Floats, weight: Floats, ridge: float) -> tuple[Floats, Floats]:
    """Ridge regression of each product's score on one-hot states: weights [states, products], intercepts [products]."""
    x = np.asarray(known.one_hot().todense(), dtype=np.float32)
    width, products, of_customer = x.shape[1], score.shape[1], weight.max(axis=1).astype(np.float32)
    whole = _inner(x, of_customer)
    parts, intercept = np.zeros((width, products)), np.zeros(products)
    for bit in range(products):
        w, y = weight[:, bit], score[:, bit]
        if not w.any():
            continue
        holders = w == 0  # few customers hold it: subtract their sums from those of all
        inner = whole - _inner(x[holders], of_customer[holders])
        mean_x, mean_y = np.diag(inner) / w.sum(), np.average(y, weights=w)
        target = (x.T @ (w * (y - mean_y)).astype(np.float32)).astype(np.float64)
        inner = inner - w.sum() * np.outer(mean_x, mean_x) + ridge * np.eye(width)
        parts[:, bit] = np.linalg.solve(inner, target)
        intercept[bit] = mean_y - mean_x @ parts[:, bit]
    return parts, intercept


def _inner(x: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> Floats:
    return np.asarray((x * weight[:, None]).T @ x, dtype=np.float64)


def _explained(guess: Floats, score: Floats, weight: Floats) -> float:
    """Share of the (weighted) variance explained, the mean over products."""
    mean = (score * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    spread, left = (np.square(score - other) * weight for other in (mean, guess))
    there = spread.sum(axis=0) > 0
    return float(np.mean(1.0 - left.sum(axis=0)[there] / spread.sum(axis=0)[there])) if there.any() else float("nan")
