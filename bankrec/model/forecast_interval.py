"""The interval of a forecast: in four of five months it contains the acquisitions observed.

A forecast has two kinds of error: months differ, and a small count varies by chance. The difference of months is
estimated from the forecasts of earlier months, each made from the months before it; the variance by chance follows from
the count. Mean absolute errors are used, as they depend little on exceptional months: 1.25 of them are a standard
deviation of normal errors, and where tails are long four of five errors still lie within 1.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from bankrec.config import BaseRateConfig
from bankrec.forecasts import ExpectedInterval

if TYPE_CHECKING:
    from bankrec.model.base_rates import BaseRates

Floats = npt.NDArray[np.float64]
OF_MEAN = np.sqrt(np.pi / 2.0)  # standard deviations in the mean absolute error of normal errors


@dataclass(frozen=True)
class Spread:
    """Standard deviation of log(observed / expected) beyond chance: of `products` [products], and `together` []."""

    products: Floats
    together: Floats

    def interval(self, ids: Sequence[str], expected: Floats, config: BaseRateConfig) -> ExpectedInterval:
        """The intervals of `expected` [products] acquisitions of the products `ids`, one by one and all together."""
        each = interval(expected, self.products, config.interval)
        low, high = interval(expected.sum(), self.together, config.interval)
        by_product = {item: (int(one), int(other)) for item, (one, other) in zip(ids, each, strict=True)}
        return ExpectedInterval(config.interval, by_product, (int(low), int(high)))


def learn_spread(past_rates: BaseRates, config: BaseRateConfig) -> Spread:
    """Estimate the spread of forecast errors from the months of `past_rates`."""
    forecast, observed = past_rates.forecasts(config)
    return Spread(of_products(forecast, observed, config), np.asarray(of_all(forecast, observed, config)))


def of_products(forecast: Floats, observed: Floats, config: BaseRateConfig) -> Floats:
    """The spread of each product, float64 [products], from `forecast` and `observed` [months, products] of months so
    far.

    The spread of a product is shrunk towards that of all products, and this towards `config.spread`.
    """
    error, chance = _errors(forecast, observed)
    enough = forecast >= config.interval_fewest
    shared = _shrunk(
        _excess(error[enough], chance[enough]), float(enough.sum()), config.spread**2, config.spread_months
    )
    weight = np.square(shared / (shared + chance)).sum(axis=0)  # errors of a rare product are mostly chance
    return np.sqrt(_shrunk(_excess(error, chance), weight, shared, config.own_months))


def of_all(forecast: Floats, observed: Floats, config: BaseRateConfig) -> float:
    """The spread of the sum of all products; without a month it is `config.spread_together`."""
    error, chance = _errors(forecast.sum(axis=1), observed.sum(axis=1))
    of_months = _excess(error, chance)
    return float(np.sqrt(_shrunk(of_months, len(error), config.spread_together**2, config.together_months)))


def interval(expected: Floats, spread: Floats, share: float) -> Floats:
    """Lowest and highest count, float64 [..., 2], that contain the count observed with a chance of about `share`.

    `expected` [...] acquisitions, `spread` [...]: log-normal with the variance of both kinds, cut to whole counts.
    """
    width = norm.ppf(0.5 + share / 2.0) * np.sqrt(np.square(spread) + _by_chance(expected))
    bounds: Floats = np.floor(np.stack([expected * np.exp(-width), expected * np.exp(width)], axis=-1))
    return bounds


def _errors(forecast: Floats, observed: Floats) -> tuple[Floats, Floats]:
    """|log(observed / forecast)|, with half an acquisition added to both, and its variance by chance alone."""
    error: Floats = np.abs(np.log((observed + 0.5) / (forecast + 0.5)))
    return error, _by_chance(forecast)


def _by_chance(count: Floats) -> Floats:
    """Variance of the log of a Poisson count, about: 1 / count where it is large."""
    return 1.0 / (count + 1.0)


def _excess(error: Floats, chance: Floats) -> Floats:
    """Variance of errors [months, ...] beyond chance, at least 0; 0 without months."""
    months = max(len(error), 1)
    variance: Floats = np.square(OF_MEAN * error.sum(axis=0) / months) - chance.sum(axis=0) / months
    return np.maximum(variance, 0.0)


def _shrunk(estimate: Floats, weight: Floats | float, prior: Floats | float, strength: float) -> Floats:
    """`estimate` shrunk towards `prior`: their mean, weighted by `weight` and `strength`."""
    return (weight * estimate + strength * prior) / (weight + strength)
