"""The benchmark of levels: a forecast from the months before it, and how it is summed up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.config import BaseRateConfig
from bankrec.holdings import PRESENT, acquired, unpack
from benchmarks.base_rates import forecast_months, summary


def test_a_level_is_forecast_from_the_months_before(make) -> None:
    """`benchmarks.base_rates`: what is added in the month forecast, or later, moves nothing."""
    history = make(400, 10)
    forecast, added = forecast_months(history, [6, 8], BaseRateConfig())
    cut = replace(history, words=history.words.copy())
    cut.words[:, 6:] = PRESENT
    np.testing.assert_allclose(forecast_months(cut, [6], BaseRateConfig())[0], forecast[:1])
    observed = acquired(history.words[:, 7], history.words[:, 8], 24)
    np.testing.assert_array_equal(added[1], unpack(observed, 24).sum(axis=0))
    errors = summary(["2015-07", "2015-09"], 2 * added[None], added[None])
    assert errors["2015-07"] == errors["2015-09"] == 2.0
    np.testing.assert_allclose(errors["total, mean"], np.log(2.0))
