"""Who the simulated customers are: the same for a seed, whole, and joining as the real ones did."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.santander.size import MONTHS
from bankrec.simulator.figures import joiners
from bankrec.simulator.population import Profile, draw_profile


@pytest.fixture(scope="module")
def profile() -> Profile:
    return draw_profile(5_000, np.random.default_rng(3))


def test_same_seed_same_customers(profile: Profile) -> None:
    again, other = (draw_profile(5_000, np.random.default_rng(seed)) for seed in (3, 4))
    for name, values in vars(profile).items():
        np.testing.assert_array_equal(getattr(again, name), values, err_msg=name)
    assert not np.array_equal(other.user_id, profile.user_id)


def test_customers_join_in_the_months_of_the_real_bank(profile: Profile) -> None:
    counts = np.bincount(profile.first, minlength=MONTHS)
    assert np.abs(counts - 5_000 * joiners()).max() <= 1, "apportioned, not drawn"


def test_ids_are_sorted_and_follow_the_order_of_joining(profile: Profile) -> None:
    assert (np.diff(profile.user_id) > 0).all()
    half = len(profile.user_id) // 2
    assert np.median(profile.joined[:half].astype(np.int64)) < np.median(profile.joined[half:].astype(np.int64))


def test_who_has_a_row_in_a_month(profile: Profile) -> None:
    assert (profile.leaves > profile.first).all()
    for month in range(MONTHS):
        here = profile.present(month)
        assert not here[profile.first > month].any() and not here[profile.leaves <= month].any()
        assert not here[profile.gap == month].any()
    assert profile.present(0).sum() == (profile.first == 0).sum(), "nobody is away in the month of joining"


def test_ages_are_of_their_band_and_who_holds_nothing_is_rarely_active(profile: Profile) -> None:
    assert set(profile.segment) == {1, 2, 3} and set(profile.band) == set(range(5))
    for band in range(4):
        assert profile.age[profile.band == band].max() < profile.age[profile.band == band + 1].min()
    assert profile.active[profile.empty].mean() < 0.02 < 0.3 < profile.active[~profile.empty].mean()
