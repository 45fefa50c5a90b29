"""Calibration: from the models' log-odds to the chance that a customer acquires a product next month.

One slope (Platt 1999) from the as-of month, which no model was fitted on (a bank with few months keeps a part of its
customers for it instead: `bankrec.model.training`), and an intercept for each product. The result is a line, not a step
function. Slopes by product differ more from month to month than from product to product: one for all ranks as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit

from bankrec.config import CalibrationConfig

Floats = npt.NDArray[np.float64]
STEPS, TOLERANCE = 50, 1e-7


@dataclass(frozen=True)
class Calibration:
    """`slope` float, `intercept` float64 [products]: the calibrated log-odds are slope x logit + intercept.

    `level` [products] is the base rate to use for the logits: that of the calibration month.
    """

    slope: float
    intercept: Floats
    level: Floats

    def probabilities(self, logits: Floats) -> Floats:
        """Chances in the shape of `logits` [n, products]."""
        chance: Floats = expit(self.slope * logits + self.intercept)
        return chance

    def adding_up_to(
        self, sums: Floats, logits: Floats, free: npt.NDArray[np.bool_], config: CalibrationConfig
    ) -> Calibration:
        """The same with intercepts moved so that the chances of the pairs where `free` add up to `sums` [products].

        `logits` and `free` [n, products] of customers; a product that nobody could acquire is left as it is.
        """
        intercept = self.intercept.copy()
        for bit in np.flatnonzero(free.any(axis=0)):
            z = self.slope * logits[free[:, bit], bit]
            mean = min(sums[bit] / len(z), config.largest_mean)
            least, greatest = logit(mean) - z.max() - 1.0, logit(mean) - z.min() + 1.0
            intercept[bit] = brentq(lambda c, z=z, mean=mean: expit(z + c).mean() - mean, least, greatest, xtol=1e-9)
        return Calibration(self.slope, intercept, self.level)


def calibrate(
    logits: Floats, added: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_], level: Floats, config: CalibrationConfig
) -> Calibration:
    """Fit on the pairs of one month where `free` (not held); the chances add up to each product's acquisitions.

    `logits` [n, products] of the models, `added` [n, products] the acquisitions observed, `level` [products] the base
    rate in the logits. Without any acquisition the logits are left as they are.
    """
    products = logits.shape[1]
    if not (added & free).any():
        return Calibration(1.0, np.zeros(products), level)
    acquired = added[free].astype(np.float64)
    slope, intercept = fit_line(logits[free], acquired, np.ones(len(acquired)), config.shared_spread)
    sums = (added & free).sum(axis=0) + config.granted
    return Calibration(slope, np.full(products, intercept), level).adding_up_to(sums, logits, free, config)


def fit_line(x: Floats, y: Floats, weight: Floats, spread: tuple[float, float]) -> tuple[float, float]:
    """Slope and intercept of a logistic regression of `y` in [0, 1] on `x` (Newton's method, halved steps).

    Normal priors around 1 and 0 with standard deviations `spread`.
    """
    prior = 1.0 / np.square(np.asarray(spread))
    middle = np.array([1.0, 0.0])

    def loss(value: Floats) -> float:
        z = value[0] * x + value[1]
        return float((weight * (np.logaddexp(0.0, z) - y * z)).sum() + 0.5 * (prior * (value - middle) ** 2).sum())

    value = middle.copy()
    now = loss(value)
    for _ in range(STEPS):
        p = expit(value[0] * x + value[1])
        error, curve = weight * (p - y), weight * p * (1.0 - p)
        gradient = np.array([(error * x).sum(), error.sum()]) + prior * (value - middle)
        cross = (curve * x).sum()
        hessian = np.array([[(curve * x * x).sum(), cross], [cross, curve.sum()]]) + np.diag(prior)
        step = np.linalg.solve(hessian, gradient)
        while np.abs(step).max() > TOLERANCE and loss(value - step) > now:
            step = step / 2.0
        value = value - step
        now = loss(value)
        if np.abs(step).max() <= TOLERANCE:
            break
    return float(value[0]), float(value[1])
