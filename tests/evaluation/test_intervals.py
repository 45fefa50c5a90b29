import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.evaluation.intervals import mean_interval, ratio_interval


def test_value_is_the_mean_and_lies_inside() -> None:
    values = np.random.default_rng(0).random(500)
    interval = mean_interval(values)
    assert interval.value == pytest.approx(values.mean())
    assert interval.low < interval.value < interval.high


def test_width_is_that_of_the_normal_law() -> None:
    values = (np.random.default_rng(1).random(4_000) < 0.3).astype(float)
    interval = mean_interval(values, draws=4_000)
    expected = 2 * 1.96 * values.std() / np.sqrt(len(values))
    assert interval.high - interval.low == pytest.approx(expected, rel=0.08)


def test_a_constant_has_no_width() -> None:
    interval = mean_interval(np.full(50, 0.25))
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.25, 0.25, 0.25))


def test_same_seed_same_interval_and_another_seed_another() -> None:
    values = np.random.default_rng(2).random(200)
    assert mean_interval(values, seed=5) == mean_interval(values, seed=5)
    assert mean_interval(values, seed=5) != mean_interval(values, seed=6)


def test_ratio_is_of_sums_and_nan_without_a_bottom() -> None:
    interval = ratio_interval(np.array([1.0, 0.0, 0.5]), np.array([1.0, 0.0, 1.0]))
    assert interval.value == pytest.approx(0.75)
    assert np.isnan(ratio_interval(np.zeros(3), np.zeros(3)).value)
    assert np.isnan(mean_interval(np.zeros(0)).value)


def test_paired_differences_are_narrower_than_the_figures_apart() -> None:
    rng = np.random.default_rng(3)
    one = rng.random(2_000)
    other = one - 0.01 + rng.normal(0, 0.01, 2_000)
    paired, apart = mean_interval(one - other), mean_interval(one)
    assert paired.low > 0
    assert paired.high - paired.low < (apart.high - apart.low) / 5


@given(st.integers(0, 1_000))
def test_order_of_customers_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, 60) / 4
    assert mean_interval(values) == mean_interval(rng.permutation(values))
