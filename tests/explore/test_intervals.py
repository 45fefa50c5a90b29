"""Intervals of shares."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bankrec.explore.intervals import clustered, wilson


@given(st.integers(1, 1_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    part, whole = counts
    low, high = wilson(part, whole)
    assert 0 <= low <= part / whole + 1e-12 and part / whole - 1e-12 <= high <= 1


def test_nobody_has_no_share() -> None:
    assert np.isnan(wilson([0], [0])).all()


def test_customers_whose_months_are_alike_have_a_wider_interval() -> None:
    """100 customers with 10 months each: 50 acquire in all of them, 50 in none."""
    sums = [np.array([value]) for value in (500.0, 1_000.0, 5_000.0, 5_000.0, 10_000.0)]
    low, high = clustered(*sums)
    naive = wilson(500, 1_000)
    assert high[0] - low[0] > 3 * (naive[1] - naive[0]), "as many draws as customers, a tenth of the months"
