"""Base rates: counts by recent losses, and a month whose acquisitions follow from its customers."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.config import BaseRateConfig, Config
from bankrec.holdings import PRESENT, UNKNOWN, acquired, losses, unpack
from bankrec.model.base_rates import LOSSES, BaseRates, base_rates, not_holding
from tests.santander import ACTIVE, N


def test_counts_are_those_of_the_months(make) -> None:
    history = make(400, 10)
    known = base_rates(history)
    for t in range(1, 10):
        before, after = history.words[:, t - 1], history.words[:, t]
        both = (before & after & PRESENT) != 0
        np.testing.assert_array_equal(known.acquisitions()[t - 1], unpack(acquired(before, after, N), N).sum(axis=0))
        np.testing.assert_array_equal(known.free[t - 1].sum(axis=(1, 2)), (~unpack(before[both], N)).sum(axis=0))
        assert (known.free[t - 1] >= known.added[t - 1]).all() and (known.added >= 0).all()
        assert not known.free[t - 1, :, t:].any()  # no loss is known from before the first month


def test_expected_acquisitions_add_up(make) -> None:
    """Over months with a whole past, what is expected of the customers is what was observed."""
    known = base_rates(make(3000, 14, 1))
    expected, observed = known.expected(BaseRateConfig())[LOSSES:].sum(), known.acquisitions()[LOSSES:].sum()
    assert abs(expected / observed - 1) < 0.02


def test_a_wave_of_losses_foretells_acquisitions() -> None:
    """A tenth of those who lost it last month return; a month with ten times the losses has the usual base rate."""
    free, added = np.zeros((16, 24, 1 + LOSSES, 2)), np.zeros((16, 24, 1 + LOSSES, 2))
    free[:, :, 0, 1], free[1:, :, 1, 1] = 10_000.0, 1_000.0
    free[15, :, 1, 1] = 10_000.0
    added[:, :, 1] = free[:, :, 1] * 0.1
    added[0, :, 0, 1] = 100.0  # in the first month no loss is known, but products return
    sums = np.ones((16, 24))
    known = BaseRates(sums, sums, added, free)
    assert known.acquisitions()[15, 0] == 1_000
    np.testing.assert_allclose(known.expected(BaseRateConfig())[15], 1_000, rtol=0.02)
    for losers in (1_000.0, 10_000.0, 0.0):
        then = np.zeros((24, 1 + LOSSES, 2))
        then[:, 0, 1], then[:, 1, 1] = 10_000.0, losers
        np.testing.assert_allclose(
            known.acquisitions_forecast(then, BaseRateConfig()), losers * 0.1, rtol=0.05, atol=3.0
        )


def test_forecast_is_of_those_there_who_do_not_hold(make) -> None:
    history = make(300, 9)
    words = history.words
    free, there = not_holding(history), words[(words[:, -1] & PRESENT) != 0]
    np.testing.assert_array_equal(free.sum(axis=(1, 2)), (~unpack(there[:, -1], N)).sum(axis=0))
    lost = unpack(losses(there, N, 2) & ~there[:, -1], N)[(there[:, -1] & ACTIVE) != 0]
    np.testing.assert_array_equal(free[:, 2, 1], lost.sum(axis=0))


@pytest.mark.parametrize("months", [2, 3, 10])
def test_what_never_was_observed_may_come(make, config: Config, months: int) -> None:
    history = make(100, months)
    known = base_rates(history)
    known.added[:, 5] = 0.0
    forecast = known.acquisitions_forecast(not_holding(history), config.base_rates)
    assert (forecast > 0).all()
    assert forecast[5] < 1.0


def test_unknown_flags_and_activity_are_counted_apart(history_of) -> None:
    """Five customers who hold nothing: each counts by activity in the month before; missing flags count as not held."""
    held = np.uint64(1 << 5)
    before = np.array([PRESENT | ACTIVE, PRESENT, PRESENT | UNKNOWN | ACTIVE, PRESENT | UNKNOWN, 0], np.uint64)
    after = np.array([PRESENT | held, PRESENT | held, PRESENT | ACTIVE, PRESENT | held, PRESENT | held], np.uint64)
    known = base_rates(history_of(np.stack([before, after], axis=1)))
    assert known.free[0, 5, 0].tolist() == [2, 2], "inactive, active; the fifth was absent"
    assert known.added[0, 5, 0].tolist() == [2, 1]
    assert known.free[0, 6, 0].tolist() == [2, 2] and not known.added[0, 6].any()
