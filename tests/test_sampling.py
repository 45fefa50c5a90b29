"""Samples of customers: even, fixed, and of the size asked for when one is drawn from another."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from bankrec.config import CalibrationConfig, Config
from bankrec.sampling import Purpose, sample_key, sampled

SIX_MILLION = 6_000_000


@pytest.fixture(scope="module")
def bank() -> np.ndarray:
    """Numbers of six million customers, with gaps as a real bank has them."""
    return np.cumsum(np.random.default_rng(0).integers(1, 4, SIX_MILLION)) + 15_888


def close(count: int, wanted: float) -> bool:
    """Within five standard deviations of a sample by independent draws."""
    return abs(count - wanted) < 5 * np.sqrt(wanted)


@pytest.mark.parametrize("purpose", Purpose)
def test_sample_is_of_customers_and_even(purpose: Purpose) -> None:
    key = sample_key(np.arange(100_000), purpose)
    np.testing.assert_array_equal(key[50_000:], sample_key(np.arange(50_000, 100_000), purpose))
    assert np.abs(np.histogram(key, 10, (0, 1))[0] - 10_000).max() < 500


def test_a_bank_of_six_million_is_sampled_as_asked(bank: np.ndarray) -> None:
    """Customers to calibrate on are drawn from those whose histories are learned from; so are all others."""
    calibrating = CalibrationConfig.customers
    kept = bank[sampled(bank, Config.customers / len(bank), Purpose.HISTORIES)]
    assert close(len(kept), Config.customers)
    for purpose in set(Purpose) - {Purpose.HISTORIES}:
        assert close(int(sampled(kept, calibrating / len(kept), purpose).sum()), calibrating)


def test_samples_for_different_purposes_and_months_are_independent(bank: np.ndarray) -> None:
    drawn = {(purpose, month): sampled(bank, 0.1, purpose, month) for purpose in Purpose for month in (0, 7)}
    for one, other in permutations(drawn, 2):
        assert close(int((drawn[one] & drawn[other]).sum()), 0.01 * SIX_MILLION), (one, other)
