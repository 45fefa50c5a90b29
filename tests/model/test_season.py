"""Base rates by month: a steady bank, a season, a product that is no longer acquired."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.config import BaseRateConfig
from bankrec.model import season
from bankrec.model.season import forecast


def expected_rates(added: np.ndarray, free: np.ndarray, decay: float = 0.6) -> np.ndarray:
    return np.exp(forecast(added, free, BaseRateConfig(season_strength=1.0, decay=decay), BaseRateConfig.granted))


def test_forecast_of_a_steady_bank_is_its_rate() -> None:
    added, free = np.full((14, 24), 300.0), np.full((14, 24), 10_000.0)
    np.testing.assert_allclose(expected_rates(added, free), 0.03, rtol=0.01)


def test_forecast_knows_last_years_season() -> None:
    """June has twice the acquisitions; after 17 months, June is next."""
    added, free = np.full((16, 24), 300.0), np.full((16, 24), 10_000.0)
    added[4] *= 2.0  # target month 5 is June 2015, and month 17 June 2016
    np.testing.assert_allclose(expected_rates(added, free), 0.06, rtol=0.02)
    np.testing.assert_allclose(expected_rates(added[:15], free[:15]), 0.03, rtol=0.02)


def test_forecast_follows_a_product_that_dies_out() -> None:
    added, free = np.full((16, 24), 300.0), np.full((16, 24), 10_000.0)
    added[10:, 3] = 0.0
    assert expected_rates(added, free)[3] < 0.0005


def test_a_jump_weighs_less_the_longer_the_memory() -> None:
    added, free = np.full((10, 24), 300.0), np.full((10, 24), 10_000.0)
    added[-1] *= 4.0
    assert (expected_rates(added, free, decay=1.0) < 0.04).all()
    assert (expected_rates(added, free) > 0.04).all()
    np.testing.assert_allclose(expected_rates(added, free, decay=1.0), 0.03 * 4**0.1, rtol=0.01)


@pytest.mark.parametrize("months", [2, 6, 12, 13, 14, 17])
def test_a_caution_is_given_as_long_as_no_season_is_known(months: int) -> None:
    """The same months, the one a year before the month to come busy or not: a known season moves the forecast."""
    transitions = months - 1
    added, chances = np.full((transitions, 24), 100.0), np.full((transitions, 24), 1_000.0)
    added[max(0, transitions - 12)] = 400.0
    usual = np.average(np.log(added / chances)[:, 0], weights=0.7 ** np.arange(transitions)[::-1])
    expected = forecast(added, chances, BaseRateConfig(decay=0.7), BaseRateConfig.granted)[0]
    assert bool(season.cautions(months, BaseRateConfig())) == (abs(expected - usual) < 0.02), (expected, usual)
