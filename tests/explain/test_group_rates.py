"""Which groups of customers add which product more often."""

from __future__ import annotations

import numpy as np

from bankrec.explain.group_rates import one_in
from bankrec.explain.groups import ONE_IN


def test_one_in_is_rounded_up_and_never_says_too_much() -> None:
    added, could = np.array([10, 10, 10, 10, 9, 10, 10]), np.array([10, 20, 21, 1_010, 9, 10_000, 10_001])
    rates = [ONE_IN[place] if place >= 0 else None for place in one_in(added, could, 10)]
    assert rates == [2, 2, 3, 120, None, 1_000, None]
