"""Intervals of a forecast as they are written and read, and the outcome of one."""

from __future__ import annotations

import json

from bankrec.forecasts import ExpectedInterval, ForecastResult

INTERVAL = ExpectedInterval(0.8, {"card": (5, 9), "loan": (0, 1)}, (6, 11))


def test_an_interval_is_read_as_it_was_written() -> None:
    written = json.loads(json.dumps(INTERVAL.as_dict()))
    assert written == {"share": 0.8, "by_product": {"card": [5, 9], "loan": [0, 1]}, "together": [6, 11]}
    assert ExpectedInterval.of(written) == INTERVAL


def test_a_part_of_the_customers_has_its_part_of_the_interval() -> None:
    """A customer in a hundred who left changes no small count."""
    assert INTERVAL.of_part(0.99) == INTERVAL
    assert INTERVAL.of_part(0.5).by_product["card"] == (2, 4) and INTERVAL.of_part(0.5).together == (3, 6)


def test_what_was_observed_lies_within_or_outside() -> None:
    for observed, where in ((6, "within"), (11, "within"), (5, "outside"), (12, "outside")):
        result = ForecastResult(8.4, *INTERVAL.together, observed, INTERVAL.share)
        assert result.within == (where == "within")
        assert str(result) == f"acquisitions of listed products: {observed} observed, {where} the 80% interval: 6 to 11"
    assert result.as_dict() == {
        "forecast_expected": 8.4,
        "forecast_low": 6,
        "forecast_high": 11,
        "forecast_observed": 12,
    }
