"""Base rates: the acquisitions of each product in each month, compared with the number expected from its customers.

After many losses of a product, many acquisitions follow, in any month of the year: customers take it again. So the
acquisitions are divided by those expected from customers' recent losses and activity at the bank's usual rates
(indirect standardisation). The ratio is the month's base rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.config import BaseRateConfig
from bankrec.history import History, active
from bankrec.holdings import PRESENT, Words, all_held, losses, unpack
from bankrec.model import season
from bankrec.transitions import Transition, counts, members

Floats = npt.NDArray[np.float64]
LOSSES = 6  # months since a loss, each with its own rate; a constant, as it sets the shape of `BaseRates`


@dataclass(frozen=True)
class BaseRates:
    """Sums of every target month so far, one row each.

    `hits` and `chances` [months, products]: for customers with an acquisition, the products they acquired and those
    they could have acquired, weighted 1/m for m acquisitions. `added` and `free` [months, products, 1 + LOSSES, 2]:
    acquisitions, and customers not holding the product, of all customers present in both months, by months since the
    product was lost (place 0: not lost in these months), inactive and active.
    """

    hits: Floats
    chances: Floats
    added: Floats
    free: Floats

    def until(self, t: int) -> BaseRates:
        """The sums known for target month `t`: those of the target months before it."""
        return BaseRates(self.hits[: t - 1], self.chances[: t - 1], self.added[: t - 1], self.free[: t - 1])

    def shares(self, config: BaseRateConfig) -> Floats:
        """Log of the share of each product in each month, among those who could take it: float64 [months, products]."""
        return season.log_rates(self.hits, self.chances, config.granted)

    def acquisitions(self) -> Floats:
        """Acquisitions of each product in each month: float64 [months, products]."""
        total: Floats = self.added.sum(axis=(2, 3))
        return total

    def expected(self, config: BaseRateConfig) -> Floats:
        """Acquisitions expected of the customers of each month at the rates of all months: float64 [months, products].

        In the first months no loss is known, in the next ones only recent losses. So the rate of customers without a
        known loss is counted for each length of history, from the months with at least this length.
        """
        rows = [self._expected(free, row, config) for row, free in enumerate(self.free)]
        return np.array(rows).reshape(-1, self.free.shape[1])

    def rates(self, config: BaseRateConfig) -> Floats:
        """Log of the acquisitions of each month per customer not holding the product: float64 [months, products]."""
        return season.log_rates(self.acquisitions(), self.free.sum(axis=(2, 3)), config.granted)

    def rate_forecast(self, free: Floats, config: BaseRateConfig) -> Floats:
        """Log of the `acquisitions_forecast` per customer counted in `free`: float64 [products]."""
        return season.log_rates(self.acquisitions_forecast(free, config), free.sum(axis=(1, 2)), config.granted)

    def shares_forecast(self, config: BaseRateConfig) -> Floats:
        """The `shares` expected in the month after: float64 [products]."""
        return season.forecast(self.hits, self.chances, config, config.granted)

    def acquisitions_forecast(self, free: Floats, config: BaseRateConfig) -> Floats:
        """Acquisitions expected in the month after, float64 [products], of customers in `free` (see `not_holding`).

        The number expected from their recent losses and activity at the rates of all months, times the forecast base
        rate.
        """
        level = season.forecast(self.acquisitions(), self.expected(config), config, config.granted_expected)
        return self._expected(free, len(self.free) - 1, config) * np.exp(level)

    def forecasts(self, config: BaseRateConfig) -> tuple[Floats, Floats]:
        """Acquisitions forecast for each target month but the first from the months before it, and those observed.

        Two float64 [months - 1, products]; the forecast is of the customers who are present in both months.
        """
        months = range(2, len(self.free) + 1)
        rows = [self.until(t).acquisitions_forecast(self.free[t - 1], config) for t in months]
        return np.array(rows).reshape(-1, self.free.shape[1]), self.acquisitions()[1:]

    def _expected(self, free: Floats, known: int, config: BaseRateConfig) -> Floats:
        """Acquisitions expected of `free` [products, 1 + LOSSES, 2]; losses of up to `known` months ago are known."""
        length = min(known, LOSSES)
        not_lost = free[:, [0, *range(length + 1, LOSSES + 1)]].sum(axis=1)
        total = (not_lost * _rates(self._not_lost(length), config)).sum(axis=1)
        for since in range(1, length + 1):
            total += (free[:, since] * _rates(self._lost(since), config)).sum(axis=1)
        return np.asarray(total, dtype=np.float64)

    def _lost(self, since: int) -> tuple[Floats, Floats]:
        """Acquisitions and customers [products, 2] of those who lost the product `since` months before."""
        return self.added[since:, :, since].sum(axis=0), self.free[since:, :, since].sum(axis=0)

    def _not_lost(self, length: int) -> tuple[Floats, Floats]:
        """The same of those who did not lose it within the `length` months before."""
        others = [0, *range(length + 1, LOSSES + 1)]
        return (self.added[length:][:, :, others].sum(axis=(0, 2)), self.free[length:][:, :, others].sum(axis=(0, 2)))


def base_rates(past: History) -> BaseRates:
    """Sums of all target months in `past`: row t - 1 is target month t."""
    months, products = past.words.shape[1], past.bank.n
    shares = np.zeros((2, max(0, months - 1), products))
    sums = np.zeros((2, max(0, months - 1), products, 1 + LOSSES, 2))
    is_active = active(past)
    for t in range(1, months):
        step = Transition.into(past.words, t, products)
        added = step.added
        acquirers = added != 0
        new, could = unpack(added[acquirers], products), ~unpack(step.before[acquirers], products)
        weight = 1.0 / new.sum(axis=1)
        shares[:, t - 1] = weight @ new, weight @ could
        sums[:, t - 1] = _by_loss(past.words[:, :t], is_active[:, t - 1], products, added, step.not_held)
    return BaseRates(*shares, *sums)


def not_holding(past: History) -> Floats:
    """Customers in the last month of `past` who do not hold each product: float64 [products, 1 + LOSSES, 2].

    By months since the product was lost and by activity, as in `BaseRates.free`.
    """
    last, products = past.words[:, -1], past.bank.n
    free = np.where((last & PRESENT) != 0, ~last & all_held(products), np.uint64(0))
    customers: Floats = _by_loss(past.words, active(past)[:, -1], products, free)[0]
    return customers


def _by_loss(words: Words, is_active: npt.NDArray[np.bool_], products: int, *what: Words) -> Floats:
    """For each of `what` [n]: number of customers with each product, float64 [len(what), products, 1 + LOSSES, 2]."""
    sums = np.zeros((len(what), products, 1 + LOSSES, 2))
    groups = members(is_active, 2)
    lost = [losses(words, products, since) for since in range(1, min(words.shape[1] - 1, LOSSES) + 1)]
    for place, word in enumerate(what):
        sums[place, :, 0] = counts(word, groups, products).T
        for since, gone in enumerate(lost, start=1):
            sums[place, :, since] = counts(word & gone, groups, products).T
    sums[:, :, 0] -= sums[:, :, 1:].sum(axis=2)
    return sums


def _rates(of: tuple[Floats, Floats], config: BaseRateConfig) -> Floats:
    """Acquisitions per customer [products, 2], shrunk towards the rate of active and inactive together."""
    added, free = of
    overall = (added.sum(axis=1, keepdims=True) + config.never) / (free.sum(axis=1, keepdims=True) + 1.0)
    rates: Floats = (added + config.loss_strength * overall) / (free + config.loss_strength)
    return rates
