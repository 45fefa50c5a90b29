"""Calibration: a known slope is recovered, sums are as asked."""

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


def test_a_known_slope_is_recovered() -> None:
    intercept = np.linspace(-0.5, 0.5, 24)
    logits, added, free, chance = drawn(40_000, np.full(24, 0.8), intercept)
    line = calibrate(logits, added, free, LEVEL, CONFIG)
    assert abs(line.slope - 0.8) < 0.05
    np.testing.assert_allclose(line.probabilities(logits).sum(axis=0), chance.sum(axis=0), rtol=0.12)


def test_chances_add_up_to_the_acquisitions_observed() -> None:
    logits, added, free, _ = drawn(4_000, np.ones(24), np.linspace(-6.0, 1.0, 24))
    line = calibrate(logits, added, free, LEVEL, CONFIG)
    np.testing.assert_allclose(line.probabilities(logits).sum(axis=0), added.sum(axis=0) + 0.5, rtol=1e-6)


def test_only_free_pairs_count() -> None:
    logits, added, free, _ = drawn(4_000, np.ones(24), np.zeros(24))
    free[:2_000] = False
    one = calibrate(logits, added, free, LEVEL, CONFIG)
    two = calibrate(logits[2_000:], added[2_000:], free[2_000:], LEVEL, CONFIG)
    np.testing.assert_allclose(one.intercept, two.intercept)


def test_nothing_added_leaves_logits_alone() -> None:
    logits = np.zeros((10, 24))
    line = calibrate(logits, logits > 0, logits == 0, LEVEL, CONFIG)
    assert line.slope == 1 and (line.intercept == 0).all()


@given(share=st.floats(1e-5, 0.85), seed=st.integers(0, 100))
@settings(max_examples=30)
def test_chances_add_up_to_what_is_asked(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, free = rng.normal(-3.0, 2.0, (300, 24)), rng.random((300, 24)) < 0.7
    start = Calibration(rng.uniform(0.8, 1.2), rng.normal(0.0, 3.0, 24), LEVEL)
    sums = share * free.sum(axis=0)
    moved = start.adding_up_to(sums, logits, free, CONFIG)
    np.testing.assert_allclose(np.where(free, moved.probabilities(logits), 0.0).sum(axis=0), sums, rtol=1e-6)
    assert moved.slope == start.slope


def test_sums_are_as_asked_from_wherever_intercepts_start() -> None:
    rng = np.random.default_rng(2)
    logits, free = rng.normal(-3.0, 2.0, (300, 24)), np.ones((300, 24), dtype=bool)
    for start in (-40.0, 9.0, 40.0):
        moved = Calibration(1.0, np.full(24, start), LEVEL).adding_up_to(np.full(24, 0.002), logits, free, CONFIG)
        np.testing.assert_allclose(moved.probabilities(logits).sum(axis=0), 0.002, rtol=1e-6, err_msg=str(start))


def test_no_sum_asks_for_more_than_there_are() -> None:
    logits, free = np.zeros((10, 24)), np.ones((10, 24), dtype=bool)
    free[:, 3] = False
    start = Calibration(1.0, np.full(24, -2.0), LEVEL)
    moved = start.adding_up_to(np.full(24, 50.0), logits, free, CONFIG)
    np.testing.assert_allclose(moved.probabilities(logits)[0, 0], 0.9)
    assert moved.intercept[3] == -2.0, "no customer could acquire it"
