"""Levels by month: how much of each product is added in a month, and what to expect of the next one.

The models learn differences between customers; how many additions of a product a month brings moves by
season and trend, and is set from outside: the level of a training month is what that month showed, the
level of the month to score is the forecast made here from the months before it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.config import LevelConfig

Floats = npt.NDArray[np.float64]
RARE = (0.5, 10.0)  # additions and chances granted to every product and month: the log of none is finite
EVEN = (2.0, 2.0)  # the same where chances are the additions expected
YEAR = 12
NOISE = 6.0  # v is underrated: a product jumps rarely but far
SPREAD = 1.4826  # standard deviations in a median absolute deviation


def log_rates(added: Floats, chances: Floats, granted: tuple[float, float] = RARE) -> Floats:
    """Log of additions per chance, in the shape of both: sums over customers of one or several months."""
    rates: Floats = np.log((added + granted[0]) / (chances + granted[1]))
    return rates


def forecast(added: Floats, chances: Floats, config: LevelConfig, granted: tuple[float, float] = RARE) -> Floats:
    """Log rate of each product expected in the month after those given: float64 [24].

    `added` and `chances` [months, 24], one row for each target month so far, consecutive. The recent
    level is the mean, weighted by decay^age, of months freed from their season; the season of a month
    is how the same month a year before stood out from the months around it.
    """
    free, season = _free_of_season(added, chances, config, granted)
    weights = config.decay ** np.arange(len(free))[::-1]
    recent: Floats = np.average(free, axis=0, weights=weights) + season  # of logs: a jump weighs less
    return recent


def steady_forecast(added: Floats, chances: Floats, config: LevelConfig, granted: tuple[float, float] = EVEN) -> Floats:
    """The same with a weighted median (steady_decay^age): a single month of a jump hardly moves it."""
    free, season = _free_of_season(added, chances, config, granted)
    weights: Floats = config.steady_decay ** np.arange(len(free), dtype=np.float64)[::-1]
    return _weighted_median(free, weights) + season


def _free_of_season(
    added: Floats, chances: Floats, config: LevelConfig, granted: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Log rates of the last months without their season [m, 24], and the season of the month after [24]."""
    months = len(added)
    levels = log_rates(added, chances, granted)
    window = range(max(0, months - config.window), months)
    free = np.stack([levels[s] - _season(added, chances, s, config, granted) for s in window])
    return free, _season(added, chances, months, config, granted)


def _weighted_median(values: Floats, weights: Floats) -> Floats:
    """The median along axis 0, `weights` [rows]: between the values whose cumulated weights enclose one half."""
    order = np.argsort(values, axis=0)
    sorted_values, share = np.take_along_axis(values, order, axis=0), weights[order] / weights.sum()
    middle = np.cumsum(share, axis=0) - share / 2
    columns = zip(middle.T, sorted_values.T, strict=True)
    return np.array([np.interp(0.5, places, column) for places, column in columns])


def _season(added: Floats, chances: Floats, month: int, config: LevelConfig, granted: tuple[float, float]) -> Floats:
    """How the month a year before `month` stood out, in logs: zeros where it is not known.

    d = how far it stood out counts d^2 / (d^2 + 6 v) of itself, where v is how far the product's months
    stand out otherwise (squared): a product that jumps every other month has no season to speak of.
    """
    year_ago = month - YEAR
    if year_ago < 0 or len(added) < YEAR:
        return np.zeros(added.shape[1])
    stood_out = np.stack([_stands_out(added, chances, s, config, granted) for s in range(len(added))])
    usual = np.square(SPREAD * np.median(np.abs(np.delete(stood_out, year_ago, axis=0)), axis=0))
    found = stood_out[year_ago]
    season: Floats = config.season_share * found**3 / np.maximum(found**2 + NOISE * usual, 1e-12)
    return season


def _stands_out(
    added: Floats, chances: Floats, month: int, config: LevelConfig, granted: tuple[float, float]
) -> Floats:
    """Log of the additions of a month over the median rate of the three months on either side."""
    around = [s for s in range(month - 3, month + 4) if s != month and 0 <= s < len(added)]
    usual = np.median(np.exp(log_rates(added[around], chances[around], granted)), axis=0)
    few = config.season_strength
    ratio: Floats = np.log((added[month] + few) / (usual * chances[month] + few))
    return ratio
