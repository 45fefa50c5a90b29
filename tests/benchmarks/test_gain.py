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
    gains = row(side([1.0, 0.5], 20.0, 0.5), side([1.0, 0.6], 10.0, 0.0))
    assert (gains["before"], gains["now"], gains["gain"]) == pytest.approx((0.75, 0.8, 0.05))
    assert gains["low"] <= gains["gain"] <= gains["high"]
    assert gains["total off, before"] == gains["product off, before"] == pytest.approx(np.log(2))
    assert gains["total off, now"] == gains["product off, now"] == 0.0
    assert (gains["score rises, before"], gains["score rises, now"]) == (0.5, 0.0)


def test_months_put_together_count_each_customer_once() -> None:
    months = [side([1.0], 10.0, 0.0), side([0.0, 0.5], 20.0, 1.0)]
    gains = row(together(months), together(months))
    assert gains["customers"] == 3 and gains["before"] == 0.5 and gains["gain"] == 0.0
    assert gains["seconds before"] == 4.0
    assert gains["total off, now"] == pytest.approx(np.log(2) / 2), "the mean of both months"
