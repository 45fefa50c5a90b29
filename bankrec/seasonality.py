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
HALF = 0.5  # additions granted to every product and month: the log of none is not minus infinity
YEAR = 12


def log_rates(added: Floats, chances: Floats) -> Floats:
    """Log of additions per chance, in the shape of both: sums over customers of one or several months."""
    rates: Floats = np.log((added + HALF) / (chances + HALF * 20.0))
    return rates


def forecast(added: Floats, chances: Floats, config: LevelConfig) -> Floats:
    """Log rate of each product expected in the month after those given: float64 [24].

    `added` and `chances` [months, 24], one row for each target month so far, consecutive. The recent
    level is an average with weights decay^age, of months freed from their season; the season of a month
    is how the same month a year before stood out from the months around it, drawn to none by
    `season_strength` additions.
    """
    months = len(added)
    first = max(0, months - config.window)
    levels = log_rates(added, chances)
    weights = config.decay ** np.arange(months - first)[::-1]
    free = np.stack([levels[s] - _season(added, chances, s, config) for s in range(first, months)])
    # An average of rates, not of logs, so that months without any addition count as what they are.
    recent = np.log(np.average(np.exp(free), axis=0, weights=weights))
    return recent + _season(added, chances, months, config)


def _season(added: Floats, chances: Floats, month: int, config: LevelConfig) -> Floats:
    """How the month a year before `month` stood out, in logs: zeros where it is not known."""
    year_ago = month - YEAR
    around = [s for s in range(year_ago - 3, year_ago + 4) if s != year_ago and 0 <= s < len(added)]
    if year_ago < 0 or len(around) < 3:
        return np.zeros(added.shape[1])
    usual = np.median(np.exp(log_rates(added[around], chances[around])), axis=0)  # not moved by another peak
    expected = usual * chances[year_ago]
    strength = config.season_strength
    season: Floats = np.log((added[year_ago] + strength) / (expected + strength))
    return config.season_share * season
