"""The benchmark of intervals: made from the months before, and counted as they are."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.config import BaseRateConfig
from bankrec.model.base_rates import base_rates
from benchmarks.intervals import Months, months_of, of_base_rates, pooled, rows_of, together

CONFIG = BaseRateConfig()


def test_what_comes_later_moves_no_interval() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(50.0, (16, 3)).astype(float)
    forecast = np.full((15, 3), 50.0)
    months, later = months_of(forecast, counts, CONFIG), counts.copy()
    later[9:] *= 10.0
    other = months_of(forecast, later, CONFIG)
    np.testing.assert_array_equal(months.high[:9], other.high[:9])
    np.testing.assert_array_equal(months.totals[:9], other.totals[:9])
    assert (months.high[9:] < other.high[9:]).all()


def test_the_counts_beside_a_forecast_are_of_the_month_and_of_the_year_before() -> None:
    counts = np.arange(15.0)[:, None] * 100.0
    months = months_of(counts[1:], counts, CONFIG)
    assert (
        months.observed[:, 0].tolist() == counts[1:, 0].tolist()
        and months.last[:, 0].tolist() == counts[:-1, 0].tolist()
    )
    assert np.isnan(months.year[:11]).all() and months.year[11:, 0].tolist() == [0.0, 100.0, 200.0]


def test_rows_by_hand() -> None:
    """Two months of two products: three of four within, one above; twice as many as forecast in the first."""
    forecast, observed = np.array([[20.0, 100.0], [20.0, 100.0]]), np.array([[40.0, 100.0], [20.0, 100.0]])
    known = Months(
        forecast,
        observed,
        forecast - 5,
        forecast + 5,
        observed / 2,
        np.full((2, 2), np.nan),
        np.array([[100, 139], [0, 120]]),
    )
    rows = {str(row["of"]): row for row in rows_of("a bank", known)}
    assert [rows["products"][name] for name in ("intervals", "within", "below", "above")] == [4, 0.75, 0, 0.25]
    assert rows["products, 50 to 200 expected"]["within"] == 1.0
    assert rows["products"]["forecast"] == pytest.approx(np.log(40.5 / 20.5) / 4)
    assert rows["all together"]["within"] == 0.5 and rows["all together"]["expected / observed"] == 240 / 260
    assert rows["products, 0 to 10 expected"]["intervals"] == 0


def test_banks_are_counted_together_and_below_each_other(make) -> None:
    known = base_rates(make(400, 8))
    both = together([known, known])
    np.testing.assert_array_equal(both.acquisitions(), 2 * known.acquisitions())
    one = of_base_rates(known, CONFIG)
    assert pooled([one, one]).observed.shape == (12, 24) and one.observed.shape == (6, 24)
