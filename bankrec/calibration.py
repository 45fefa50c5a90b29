"""Calibration: from the models' log-odds to the chance that a customer adds a product next month.

Per product a slope and an intercept (Platt 1999) from one month that no model was fitted on. Both are
drawn towards what all products share, the more so the fewer additions a product has: a line, not steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.products import N_PRODUCTS

Floats = npt.NDArray[np.float64]
ENOUGH = 200  # additions in the calibration month from which a product gets its own slope
SLOPE_SPREAD = 0.25  # standard deviation of slopes between products around the shared one
INTERCEPT_SPREAD = 1.0  # the same of intercepts, in log-odds
STEPS = 30


@dataclass(frozen=True)
class Calibration:
    """`slope` and `intercept` float64 [24]: the calibrated log-odds are slope x logit + intercept."""

    slope: Floats
    intercept: Floats

    def probabilities(self, logits: Floats) -> Floats:
        """Chances in the shape of `logits` [n, 24]."""
        chance: Floats = 1.0 / (1.0 + np.exp(-(self.slope * logits + self.intercept)))
        return chance


def calibrate(
    logits: Floats, added: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_], weight: Floats
) -> Calibration:
    """Fit on the pairs of one month where `free` (not held).

    `logits` [n, 24] of the models, `added` [n, 24] what came, `weight` [n] of the customers (sampled
    customers stand for several). Without any addition the logits are left as they are.
    """
    weights = np.where(free, weight[:, None], 0.0)
    if not (added & free).any():
        return Calibration(np.ones(N_PRODUCTS), np.zeros(N_PRODUCTS))
    shared = _line(logits[free], added[free].astype(np.float64), weights[free], (1.0, 0.0), (0.5, 10.0))
    slope, intercept = np.empty(N_PRODUCTS), np.empty(N_PRODUCTS)
    for bit in range(N_PRODUCTS):
        rows = free[:, bit]
        additions = float((added[rows, bit] * weights[rows, bit]).sum())
        spread = SLOPE_SPREAD if additions >= ENOUGH else 1e-4
        slope[bit], intercept[bit] = _line(
            logits[rows, bit],
            added[rows, bit].astype(np.float64),
            weights[rows, bit],
            shared,
            (spread, INTERCEPT_SPREAD),
        )
    return Calibration(slope, intercept)


def _line(
    x: Floats, y: Floats, weight: Floats, centre: tuple[float, float], spread: tuple[float, float]
) -> tuple[float, float]:
    """Slope and intercept of a logistic regression with normal priors (Newton's method)."""
    prior = 1.0 / np.square(np.asarray(spread))
    middle = np.asarray(centre)
    value = middle.copy()
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-(value[0] * x + value[1])))
        error, curve = weight * (p - y), weight * p * (1.0 - p)
        gradient = np.array([(error * x).sum(), error.sum()]) + prior * (value - middle)
        cross = (curve * x).sum()
        hessian = np.array([[(curve * x * x).sum(), cross], [cross, curve.sum()]]) + np.diag(prior)
        step = np.linalg.solve(hessian, gradient)
        value = value - np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return float(value[0]), float(value[1])
