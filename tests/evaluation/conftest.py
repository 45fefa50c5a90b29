"""A month evaluated of two banks: one in the default format, and one of five products."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bankrec.config import Config
from bankrec.evaluation.backtest import Backtest, backtest_last_month
from bankrec.history import History
from tests.other_bank import other_history


@pytest.fixture(scope="session", params=["default format", "five products"])
def held_back(request: pytest.FixtureRequest, make: Callable[..., History], config: Config) -> tuple[History, Backtest]:
    """Histories, and the backtest of their last month by small models."""
    history = make(600, 9, 3) if request.param == "default format" else other_history(600, 9, 3)
    month = backtest_last_month(history, config)
    assert month is not None
    return history, month
