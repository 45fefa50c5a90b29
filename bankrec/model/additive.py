"""The additive model: multinomial logistic regression on one-hot states of the products that a customer acquires.

Only customers with an acquisition count. Each state adds a number of log-odds to each product: this is fast to fit,
hard to overfit, and good where trees need many splits (products held, each product's own past). Its score is a
feature of the pair model, which adds interactions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import OptimizeResult, minimize

from bankrec.config import AdditiveConfig
from bankrec.holdings import Words

if TYPE_CHECKING:
    from bankrec.model.states import States

Floats = npt.NDArray[np.float64]
IMPOSSIBLE = -1e9


@dataclass(frozen=True)
class Additive:
    """`weights` float64 [states, products], `intercept` [products]; `baskets` uint64 [m], as `crossed` takes them.

    `share` is its weight in the blend with the pair model, 0 if it is only a feature of that model. `losses`
    [iterations] of the fit: the mean negative log share of what was acquired, in nats, with the penalty of the weights.
    """

    weights: Floats
    intercept: Floats
    baskets: Words
    share: float | Floats = 0.0
    losses: Floats = field(default_factory=lambda: np.zeros(0))  # empty for a folder of an earlier version

    def scores(self, known: States) -> Floats:
        """Log of P(this product | something is acquired) as if none were held, without the base rate: [n, products].

        `known`: states with their crossings.
        """
        sums = known.sums(self.weights, self.intercept)
        return log_shares(sums, np.ones(sums.shape, dtype=np.bool_))


def train_additive(
    x: sp.csr_matrix,
    shares: Floats,
    free: npt.NDArray[np.bool_],
    level: Floats,
    weight: Floats,
    baskets: Words,
    config: AdditiveConfig,
) -> Additive:
    """Fit by L-BFGS on one-hot rows `x` [n, states], crossings by `baskets` among them.

    `shares` [n, products]: 1/m for each of the m products acquired; `free` [n, products]: what could be acquired;
    `level` [n, products]: the month's base rate, added to the log-odds; `weight` [n]. Sums over customers are float32.
    """
    loss = _Loss(x, shares, free, level, weight, config)
    start, losses = np.zeros(loss.scale.size), []

    def record(intermediate_result: OptimizeResult) -> None:
        losses.append(intermediate_result.fun / max(float(weight.sum()), 1e-12))

    options = {"maxiter": config.iterations}
    optimum = minimize(loss, start, jac=True, method="L-BFGS-B", options=options, callback=record)
    weights, intercept = loss.unscaled(optimum.x)
    return Additive(weights, intercept, baskets, losses=np.array(losses))


class _Loss:
    """The penalised log loss and its gradient, in parameters scaled by the root of the loss's curvature at the mean.

    Then steps are of similar size for states of a million customers and of a hundred: L-BFGS needs a third of them
    (preconditioning: Nocedal and Wright 2006, "Numerical Optimization", 5.1).
    """

    def __init__(
        self,
        x: sp.csr_matrix,
        shares: Floats,
        free: npt.NDArray[np.bool_],
        level: Floats,
        weight: Floats,
        config: AdditiveConfig,
    ) -> None:
        self._x, self._config = x.astype(np.float32), config
        self._transposed = self._x.T.tocsr()
        self._shares, self._weight = shares.astype(np.float32), weight.astype(np.float32)[:, None]
        self._offset = np.where(free, level, IMPOSSIBLE).astype(np.float32)
        share = (weight @ shares) / weight.sum()
        curvature = share * (1.0 - share)
        of_states = np.outer(x.T @ weight, curvature) + config.l2
        of_intercepts = weight.sum() * curvature + config.intercept_l2
        self.scale = 1.0 / np.sqrt(np.vstack([of_states, of_intercepts]))

    def unscaled(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Weights [states, products] and intercepts [products]."""
        both = parameters.reshape(self.scale.shape) * self.scale
        return both[:-1], both[-1]

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        """The loss and its gradient at `parameters` [(states + 1) x products]."""
        weights, intercept = self.unscaled(parameters)
        l2, intercept_l2 = self._config.l2, self._config.intercept_l2
        logits = self._x @ weights.astype(np.float32)
        logits += intercept.astype(np.float32)
        logits += self._offset
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits)
        total = chance.sum(axis=1, keepdims=True)
        chosen = np.where(self._shares > 0, self._shares * (logits - np.log(total)), np.float32(0))
        value = -float((self._weight * chosen).sum(dtype=np.float64))
        value += 0.5 * l2 * float(np.square(weights).sum()) + 0.5 * intercept_l2 * float(np.square(intercept).sum())
        chance /= total
        chance -= self._shares
        chance *= self._weight
        slope = np.vstack(
            [
                self._transposed @ chance + l2 * weights,
                chance.sum(axis=0, dtype=np.float64) + intercept_l2 * intercept,
            ]
        )
        return value, (slope * self.scale).ravel()


def log_shares(logits: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    """Log of the softmax over the products in `free`: float64 [n, products], about -1e9 for others."""
    masked = np.where(free, logits, IMPOSSIBLE)
    masked = masked - masked.max(axis=1, keepdims=True)
    result: Floats = masked - np.log(np.exp(masked).sum(axis=1, keepdims=True))
    return result
