"""The comparison with an earlier commit: paired by customer, months put together."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.gain import row, together


def side(precision: list[float], expected: float, rises: float) -> dict[str, np.ndarray]:
    """One month: AP@7 of the customers, 24 products of which each was expected so often and observed ten times."""
    return {
        "precision": np.array(precision), "seconds": np.array(2.0), "expected": np.full(24, expected),
        "observed": np.full(24, 10), "rises": np.array(rises),
    }  # fmt: skip


def test_a_gain_by_hand() -> None:
    found = row(side([1.0, 0.5], 20.0, 0.5), side([1.0, 0.6], 10.0, 0.0))
    assert (found["before"], found["now"], found["gain"]) == pytest.approx((0.75, 0.8, 0.05))
    assert found["low"] <= found["gain"] <= found["high"]
    assert found["total off, before"] == found["product off, before"] == pytest.approx(np.log(2))
    assert found["total off, now"] == found["product off, now"] == 0.0
    assert (found["score rises, before"], found["score rises, now"]) == (0.5, 0.0)


def test_months_put_together_count_each_customer_once() -> None:
    months = [side([1.0], 10.0, 0.0), side([0.0, 0.5], 20.0, 1.0)]
    found = row(together(months), together(months))
    assert found["customers"] == 3 and found["before"] == 0.5 and found["gain"] == 0.0
    assert found["seconds before"] == 4.0
    assert found["total off, now"] == pytest.approx(np.log(2) / 2), "the mean of both months"
