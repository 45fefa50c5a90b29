"""Base rates by month: acquisitions of each product in a month, and the forecast for the next one.

The models learn differences between customers. The number of acquisitions of a product changes by season and trend,
and is given to the models: for a training month it is the base rate observed, for the month to score it is the
forecast made here from the months before it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.config import BaseRateConfig

Floats = npt.NDArray[np.float64]
YEAR = 12
SPREAD = 1.4826  # standard deviations in a median absolute deviation


def cautions(months: int, config: BaseRateConfig) -> list[str]:
    """Warnings for readers of a forecast made from `months` months of history, a sentence or two each.

    The season of the month to come is that of the same month a year before: as an acquisition needs the month before
    it too, the season is known from YEAR + 1 months on.
    """
    needed = YEAR + 1
    if months >= needed:
        return []
    short = (
        f"with fewer than {config.short + 1} months recent losses are too little data: a part of the forecast"
        f" ({config.short_share:.0%}, in logs) is by the shares of the products among what was acquired."
    )
    return [
        f"the history has {months} months, and the forecast knows a season only from {needed} on (the same month a"
        " year before). It expects the month to come to be like the months before it: where products have a season,"
        " or the bank runs campaigns, several times as many acquisitions as expected are possible, or a fraction of"
        " them, and the lists can be much worse in that month than in the backtest.",
        *([short] if months <= config.short else []),
    ]


def log_rates(added: Floats, chances: Floats, granted: tuple[float, float]) -> Floats:
    """Log of acquisitions per chance, in the shape of both: sums over customers of one or several months.

    `granted` acquisitions and chances are added to them, so that the log of 0 is finite.
    """
    return np.log((added + granted[0]) / (chances + granted[1]))


def forecast(added: Floats, chances: Floats, config: BaseRateConfig, granted: tuple[float, float]) -> Floats:
    """Log rate of each product expected in the month after those given: float64 [products].

    `added` and `chances` [months, products], a row for each target month so far, consecutive. The recent base rate
    is the mean of all months, weighted by `config.decay`^age, each without its season. The season of a month is the
    deviation of the same month a year before from the months around it.
    """
    levels, months = log_rates(added, chances, granted), len(added)
    free = np.stack([levels[s] - _season(added, chances, s, config, granted) for s in range(months)])
    weights = config.decay ** np.arange(months)[::-1]
    season = _season(added, chances, months, config, granted)
    return np.average(free, axis=0, weights=weights) + season  # in logs a jump weighs less


def _season(added: Floats, chances: Floats, month: int, config: BaseRateConfig, granted: tuple[float, float]) -> Floats:
    """Deviation of the month a year before `month`, in logs: zeros where it is not known.

    The deviation d is shrunk by the factor d^2 / (d^2 + `season_noise` v), where v is the variance of the product's
    other deviations: a product that varies strongly in all months gets nearly no season.
    """
    year_ago = month - YEAR
    if year_ago < 0 or len(added) < YEAR:
        return np.zeros(added.shape[1])
    stood_out = np.stack([_stands_out(added, chances, s, config, granted) for s in range(len(added))])
    usual = np.square(SPREAD * np.median(np.abs(np.delete(stood_out, year_ago, axis=0)), axis=0))
    deviation = stood_out[year_ago]
    season: Floats = deviation**3 / np.maximum(deviation**2 + config.season_noise * usual, 1e-12)
    return season


def _stands_out(
    added: Floats, chances: Floats, month: int, config: BaseRateConfig, granted: tuple[float, float]
) -> Floats:
    """Log of the acquisitions of a month over the median rate of the `season_around` months on either side."""
    near = range(month - config.season_around, month + config.season_around + 1)
    around = [s for s in near if s != month and 0 <= s < len(added)]
    usual = np.median(np.exp(log_rates(added[around], chances[around], granted)), axis=0)
    few = config.season_strength
    ratio: Floats = np.log((added[month] + few) / (usual * chances[month] + few))
    return ratio
