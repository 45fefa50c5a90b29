"""The surrogate: the ranker's score as a sum of parts, one for each state of a customer.

The ranker blends trees with an additive model; what a single fact adds to the blend can't be read off it.
So a linear model on the same one-hot states is fitted to the score itself (ridge regression, as LIME of
Ribeiro et al. 2016 does around one customer, here over the whole bank). How much of the score's
variance it explains on other customers is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from bankrec import ranker
from bankrec.evidence import Evidence
from bankrec.features import features, present
from bankrec.histories import History
from bankrec.products import N_PRODUCTS
from bankrec.ranker import Models
from bankrec.states import States, states
from bankrec.words import unpack

Floats = npt.NDArray[np.float64]
FITTED, TESTED = 10_000, 5_000  # customers
RIDGE = 1.0


@dataclass(frozen=True)
class Surrogate:
    """`weights` float64 [states, 24]: what a state adds to the score of a product, over the usual customer.

    `intercept` [24] is the usual customer's score; `channels` those with a state of their own; `explained`
    (one number) the share of the score's variance explained on customers it was not fitted to, the mean
    over products.
    """

    weights: Floats
    intercept: Floats
    channels: npt.NDArray[np.str_]
    explained: Floats

    def scores(self, known: States) -> Floats:
        """The sum of the parts: float64 [n, 24]."""
        total = np.tile(self.intercept, (len(known.codes), 1))
        for field, offset in enumerate(known.offsets()):
            total += self.weights[known.codes[:, field] + offset]
        return total


def learn_surrogate(past: History, tables: Evidence, models: Models) -> Surrogate:
    """Fit to the scores of up to 10,000 customers of the last month of `past`, tested on up to 5,000 others.

    Customers weigh as they are likely to add anything: the ranker's question is put to those who do.
    """
    rows = np.flatnonzero(present(past))
    chosen = rows[:: max(1, len(rows) // (FITTED + TESTED))]
    tested = np.arange(len(chosen)) % 3 == 2
    known, score, weight = _scored(past.take(chosen[~tested]), tables, models)
    parts, intercept = _fit(known, score, weight)
    # Each field's parts are counted from their mean among those who can add the product.
    share = known.one_hot().T @ weight / np.maximum(weight.sum(axis=0), 1e-9)
    means = np.add.reduceat(share * parts, known.offsets(), axis=0)
    centred = parts - np.repeat(means, known.sizes, axis=0)
    made = Surrogate(centred, intercept + means.sum(axis=0), models.additive.channels, np.array(np.nan))
    if not tested.any():
        return made
    known, score, weight = _scored(past.take(chosen[tested]), tables, models)
    return replace(made, explained=np.array(_explained(made.scores(known), score, weight)))


def _scored(past: History, tables: Evidence, models: Models) -> tuple[States, Floats, Floats]:
    """States [n]; the blend of both rankers before it is made to add up to 1 [n, 24]; weights [n, 24], 0 where held."""
    known = features(past, tables, models.config)
    state = states(past, models.additive.channels, models.config)
    pair = ranker.pair_logits(models.ranker, known) + tables.level
    share = models.config.additive.share
    score = share * (models.additive.logits(state) + tables.level) - (1.0 - share) * np.logaddexp(0.0, -pair)
    adds = expit(ranker.activity_logits(models.activity, known))
    weight = np.where(unpack(known.held), 0.0, (adds / adds.mean())[:, None])
    return state, score, weight


def _fit(known: States, score: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Ridge regression of each product's score on one-hot states: weights [states, 24], intercepts [24]."""
    x = np.asarray(known.one_hot().todense(), dtype=np.float32)
    width, of_customer = x.shape[1], weight.max(axis=1).astype(np.float32)
    whole = _inner(x, of_customer)
    parts, intercept = np.zeros((width, N_PRODUCTS)), np.zeros(N_PRODUCTS)
    for bit in range(N_PRODUCTS):
        w, y = weight[:, bit], score[:, bit]
        if not w.any():
            continue
        holders = w == 0  # few: the sums of the others are those of all, less theirs
        inner = whole - _inner(x[holders], of_customer[holders])
        mean_x, mean_y = np.diag(inner) / w.sum(), np.average(y, weights=w)
        target = (x.T @ (w * (y - mean_y)).astype(np.float32)).astype(np.float64)
        inner = inner - w.sum() * np.outer(mean_x, mean_x) + RIDGE * np.eye(width)
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
