"""Tenure by hand: in calendar months and in years of days, up to the last month that is seen."""

from __future__ import annotations

import doctest
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from bankrec import tenure as module
from bankrec.evaluation.groupings import groupings
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.tenure import months_since, tenure, tenure_in_years
from tests.santander import BANK

JOINED = [date(2016, 5, 28), date(2016, 4, 1), date(2015, 6, 1), date(2006, 5, 29), date(2006, 5, 28)]


@pytest.fixture
def history() -> History:
    """Five customers in April and May 2016."""
    n = len(JOINED)
    profile = {"fecha_alta": pa.array(JOINED), "sexo": ["H"] * n, "indext": ["N"] * n}
    months = (date(2016, 4, 28), date(2016, 5, 28))
    words = np.full((n, 2), PRESENT, np.uint64)
    return History(BANK, np.arange(n), months, words, np.zeros((n, 2), np.uint16), pa.table(profile))


def test_the_examples_hold() -> None:
    assert doctest.testmod(module).failed == 0


def test_months_go_up_to_the_last_month_that_is_seen(history: History) -> None:
    assert tenure(history).tolist() == [0, 1, 11, 120, 120]
    assert tenure(history.until(1)).tolist() == [-1, 0, 10, 119, 119]
    assert tenure(history).dtype == np.int64


def test_years_are_counted_in_days(history: History) -> None:
    """Ten years with their three leap days, 2008, 2012 and 2016, are half a day more than ten mean years."""
    assert tenure_in_years(history)[[0, 1]].tolist() == [0.0, 57 / 365.25]
    assert tenure_in_years(history)[[3, 4]].tolist() == [3652 / 365.25, 3653 / 365.25]
    assert tenure_in_years(history.until(1))[0] == -30 / 365.25


def test_who_joined_on_the_last_day_of_a_month_is_a_customer_of_one_month_the_day_after() -> None:
    assert months_since(np.array(["2016-01-31"], "datetime64[D]"), date(2016, 2, 1)).tolist() == [1]


def test_groups_count_days_where_the_day_of_joining_is_known(history: History) -> None:
    """The fourth joined 120 months but not ten years before: the day counts."""
    assert groupings(history, 2)["tenure"].tolist() == [*["under 1 year"] * 3, "3-10 years", "over 10 years"]
