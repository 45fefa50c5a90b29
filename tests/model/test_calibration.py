"""Calibration: known lines are recovered, rare products are shrunk towards the shared line, sums are as asked."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.config import CalibrationConfig
from bankrec.model.calibration import Calibration, calibrate

LEVEL, CONFIG = np.zeros(24), CalibrationConfig()


def drawn(n: int, slope: np.ndarray, intercept: np.ndarray, seed: int = 0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(-3.0, 1.2, (n, 24))
    chance = 1 / (1 + np.exp(-(slope * logits + intercept)))
    return logits, rng.random((n, 24)) < chance, np.ones((n, 24), dtype=bool), chance


def test_known_lines_are_recovered() -> None:
    slope, intercept = np.linspace(0.7, 1.3, 24), np.linspace(-0.5, 0.5, 24)
    logits, added, free, chance = drawn(40_000, slope, intercept)
    fitted = calibrate(logits, added, free, np.ones(len(logits)), LEVEL, CONFIG)
    assert np.abs(fitted.slope - slope).max() < 0.12
    np.testing.assert_allclose(fitted.probabilities(logits).sum(axis=0), chance.sum(axis=0), rtol=0.12)


def test_rare_product_shares_the_slope() -> None:
    slope, intercept = np.ones(24), np.zeros(24)
    slope[5], intercept[5] = 0.2, -7.0
    logits, added, free, _ = drawn(20_000, slope, intercept)
    assert added[:, 5].sum() < 50
    fitted = calibrate(logits, added, free, np.ones(len(logits)), LEVEL, CONFIG)
    assert abs(fitted.slope[5] - np.median(fitted.slope)) < 0.1


def test_a_slope_of_a_few_hundred_acquisitions_keeps_close_to_the_shared_one() -> None:
    slope, intercept = np.ones(24), np.zeros(24)
    slope[5] = 0.6
    intercept[5] = -1.8
    logits, added, free, _ = drawn(10_000, slope, intercept)
    assert 200 < added[:, 5].sum() < 400
    fitted = calibrate(logits, added, free, np.ones(len(logits)), LEVEL, CONFIG)
    own, shared = slope[5], np.median(fitted.slope)
    assert own + 0.1 < fitted.slope[5] < shared - 0.05


def test_weights_stand_for_customers() -> None:
    logits, added, free, _ = drawn(4_000, np.ones(24), np.zeros(24))
    twice = [np.concatenate([values, values]) for values in (logits, added, free)]
    one = calibrate(logits, added, free, np.full(4_000, 2.0), LEVEL, CONFIG)
    two = calibrate(*twice, np.ones(8_000), LEVEL, CONFIG)
    np.testing.assert_allclose(one.slope, two.slope, atol=1e-6)
    np.testing.assert_allclose(one.intercept, two.intercept, atol=1e-6)


def test_only_free_pairs_count() -> None:
    logits, added, free, _ = drawn(4_000, np.ones(24), np.zeros(24))
    free[:2_000] = False
    one = calibrate(logits, added, free, np.ones(4_000), LEVEL, CONFIG)
    two = calibrate(logits[2_000:], added[2_000:], free[2_000:], np.ones(2_000), LEVEL, CONFIG)
    np.testing.assert_allclose(one.intercept, two.intercept)


def test_nothing_added_leaves_logits_alone() -> None:
    logits = np.zeros((10, 24))
    fitted = calibrate(logits, logits > 0, logits == 0, np.ones(10), LEVEL, CONFIG)
    assert (fitted.slope == 1).all() and (fitted.intercept == 0).all()


@given(share=st.floats(1e-5, 0.85), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=30)
def test_chances_add_up_to_what_is_asked(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, free = rng.normal(-3.0, 2.0, (300, 24)), rng.random((300, 24)) < 0.7
    start = Calibration(rng.uniform(0.8, 1.2, 24), rng.normal(0.0, 3.0, 24), LEVEL)
    sums = share * free.sum(axis=0)
    moved = start.adding_up_to(sums, logits, free, CONFIG)
    np.testing.assert_allclose(np.where(free, moved.probabilities(logits), 0.0).sum(axis=0), sums, rtol=1e-6)
    np.testing.assert_array_equal(moved.slope, start.slope)


def test_sums_are_as_asked_from_wherever_intercepts_start() -> None:
    rng = np.random.default_rng(2)
    logits, free = rng.normal(-3.0, 2.0, (300, 24)), np.ones((300, 24), dtype=bool)
    for start in (-40.0, 9.0, 40.0):
        moved = Calibration(np.ones(24), np.full(24, start), LEVEL).adding_up_to(
            np.full(24, 0.002), logits, free, CONFIG
        )
        np.testing.assert_allclose(moved.probabilities(logits).sum(axis=0), 0.002, rtol=1e-6, err_msg=str(start))


def test_no_sum_asks_for_more_than_there_are() -> None:
    logits, free = np.zeros((10, 24)), np.ones((10, 24), dtype=bool)
    free[:, 3] = False
    start = Calibration(np.ones(24), np.full(24, -2.0), LEVEL)
    moved = start.adding_up_to(np.full(24, 50.0), logits, free, CONFIG)
    np.testing.assert_allclose(moved.probabilities(logits)[0, 0], 0.9)
    assert moved.intercept[3] == -2.0, "no customer could acquire it"
