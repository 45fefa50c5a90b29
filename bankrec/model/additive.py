"""The additive model: multinomial logistic regression of what an adder adds, on one-hot states.

Each state gives each product a number of log-odds, and they add up: fast to fit, hard to overfit, and
good where trees need many splits (what is held, each product's own past). Its blend with the pair model
is better than either.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import OptimizeResult, minimize

from bankrec.config import AdditiveConfig

Floats = npt.NDArray[np.float64]
IMPOSSIBLE = -1e9


@dataclass(frozen=True)
class Additive:
    """`weights` float64 [states, products], `intercept` [products]; `losses` [iterations] of the fit.

    `States.sums` of both are log-odds without the month's level. A loss is the mean negative log share of what was
    acquired, in nats, with the penalty of the weights.
    """

    weights: Floats
    intercept: Floats
    losses: Floats = field(default_factory=lambda: np.zeros(0))  # none in a folder of an earlier version


def train_additive(
    x: sp.csr_matrix,
    shares: Floats,
    free: npt.NDArray[np.bool_],
    level: Floats,
    weight: Floats,
    config: AdditiveConfig,
) -> Additive:
    """Fit by L-BFGS on one-hot rows `x` [n, states].

    `shares` [n, products]: 1/m for each of the m products added; `free` [n, products]: what could be added; `level`
    [n, products]: the month's level, added to the log-odds; `weight` [n].
    """
    states, products = x.shape[1], shares.shape[1]
    transposed = x.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights, intercept = flat[: states * products].reshape(states, -1), flat[states * products :]
        log_p = log_shares(x @ weights + intercept + level, free)
        gap = weight[:, None] * (np.exp(log_p) - shares)
        value = -(weight[:, None] * shares * np.where(free, log_p, 0.0)).sum()
        value += 0.5 * config.l2 * np.square(weights).sum() + 0.5 * config.intercept_l2 * np.square(intercept).sum()
        slope = transposed @ gap + config.l2 * weights
        return float(value), np.concatenate([slope.ravel(), gap.sum(axis=0) + config.intercept_l2 * intercept])

    start, losses = np.zeros((states + 1) * products), []

    def record(intermediate_result: OptimizeResult) -> None:
        losses.append(intermediate_result.fun / max(float(weight.sum()), 1e-12))

    options = {"maxiter": config.iterations}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options, callback=record)
    weights = found.x[: states * products].reshape(states, -1)
    return Additive(weights, found.x[states * products :], np.array(losses))


def log_shares(logits: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    """Log of the softmax over what is free: float64 [n, products], about -1e9 where not."""
    masked = np.where(free, logits, IMPOSSIBLE)
    masked = masked - masked.max(axis=1, keepdims=True)
    result: Floats = masked - np.log(np.exp(masked).sum(axis=1, keepdims=True))
    return result
