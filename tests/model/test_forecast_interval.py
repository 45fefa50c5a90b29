"""Intervals of a forecast: their bounds by hand, and how often they contain the count observed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.config import BaseRateConfig
from bankrec.holdings import PRESENT
from bankrec.model.base_rates import base_rates
from bankrec.model.forecast_interval import Spread, interval, learn_spread, of_all, of_products

CONFIG = BaseRateConfig()
NONE = np.zeros((0, 3))


def test_by_hand() -> None:
    """Of 1,000 with a spread of 0.1: 1.2816 x sqrt(0.01 + 1 / 1,001) = 0.1344 in logs either way."""
    np.testing.assert_array_equal(interval(np.array([1000.0]), np.array([0.1]), 0.8), [[874, 1143]])
    np.testing.assert_array_equal(interval(np.array([0.0, 0.3]), np.array([0.1, 0.1]), 0.8), [[0, 0], [0, 0]])


def test_without_a_month_the_spreads_are_those_of_the_configuration() -> None:
    np.testing.assert_allclose(of_products(NONE, NONE, CONFIG), CONFIG.spread)
    assert of_all(NONE, NONE, CONFIG) == pytest.approx(CONFIG.spread_together)


def test_each_product_has_a_spread_of_its_own() -> None:
    """The first forecast is always right, the second off by half or double, the third too rare to count."""
    forecast = np.tile([1e6, 1e6, 0.01], (40, 1))
    observed = forecast * np.array([[1.0, 2.0, 1.0], [1.0, 0.5, 1.0]])[np.arange(40) % 2]
    right, off, rare = of_products(forecast, observed, CONFIG)
    shared = of_products(forecast[:, :2], observed[:, :2], replace(CONFIG, own_months=1e9))[0]
    assert right < 0.2 < off and off == pytest.approx(np.log(2) * np.sqrt(np.pi / 2), rel=0.1)
    assert rare == pytest.approx(shared, rel=0.2)


@pytest.mark.parametrize("expected", [20.0, 300.0, 10_000.0])
@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5])
def test_four_of_five_lie_within(expected: float, spread: float) -> None:
    """Forecasts whose spread is learned from months like the one to come; by chance alone where it is 0."""
    rng = np.random.default_rng(3)
    forecast = np.full((200, 60), expected)
    observed = rng.poisson(forecast * np.exp(rng.normal(0.0, spread, forecast.shape))).astype(float)
    spreads = of_products(forecast[:100], observed[:100], CONFIG)
    low, high = interval(forecast[100:], spreads, 0.8).transpose(2, 0, 1)
    assert ((low <= observed[100:]) & (observed[100:] <= high)).mean() == pytest.approx(0.8, abs=0.05)
    assert np.median(spreads) == pytest.approx(spread, abs=0.06)


@given(st.lists(st.floats(0.0, 1e7), min_size=1, max_size=5), st.floats(0.0, 2.0), st.sampled_from([0.5, 0.8, 0.95]))
def test_intervals_are_whole_counts_around_the_forecast(expected: list[float], spread: float, share: float) -> None:
    count, spreads = np.array(expected), np.full(len(expected), spread)
    low, high = interval(count, spreads, share).T
    assert (np.floor(low) == low).all() and (low >= 0).all() and (low <= high).all()
    assert (low <= count).all() and (np.floor(count) <= high).all()
    wider = interval(count, spreads + 0.1, share)
    assert (wider[:, 0] <= low).all() and (wider[:, 1] >= high).all()


def test_spreads_are_learned_from_the_months_before(make) -> None:
    """Acquisitions of a month change no spread of the months before it."""
    history = make(400, 10)
    cut = replace(history, words=history.words.copy())
    cut.words[:, 8:] = PRESENT
    known, other = base_rates(history), base_rates(cut)
    for t in (2, 8):
        mine, others = (learn_spread(sums.until(t), CONFIG) for sums in (known, other))
        np.testing.assert_array_equal(mine.products, others.products)
    assert (learn_spread(known, CONFIG).products != learn_spread(other, CONFIG).products).any()


def test_a_spread_gives_intervals_by_item() -> None:
    spread = Spread(np.array([0.1, 0.2]), np.asarray(0.1))
    intervals = spread.interval(["a", "b"], np.array([1000.0, 0.0]), CONFIG)
    assert intervals.by_product == {"a": (874, 1143), "b": (0, 0)} and intervals.together == (874, 1143)
    assert intervals.share == CONFIG.interval
