"""Months in a row: gaps are named, and what training can't use is a sentence or an error."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.cleaning.months import check_enough, check_no_gap, gaps, month_cautions
from bankrec.errors import InputError


def snapshots(*numbers: int) -> list[date]:
    """Snapshot dates by number of the month from January 2015 = 0."""
    return [date(2015 + number // 12, number % 12 + 1, 28) for number in numbers]


def test_gaps_by_hand() -> None:
    assert gaps(snapshots(0, 1, 2)) == [] == gaps(snapshots(11, 12)), "a new year is no gap"
    assert gaps(snapshots(0, 2, 3, 6)) == [
        "no month between 2015-01 and 2015-03",
        "no month between 2015-04 and 2015-07",
    ]


@given(st.sets(st.integers(0, 40), min_size=1))
def test_months_have_no_gap_where_they_are_as_many_as_they_span(numbers: set[int]) -> None:
    months = snapshots(*sorted(numbers))
    assert (gaps(months) == []) == (max(numbers) - min(numbers) + 1 == len(numbers))


def test_what_training_can_not_use_is_a_caution_or_an_error() -> None:
    assert month_cautions(snapshots(0, 1)) == []
    (caution,) = month_cautions(snapshots(4))
    assert "a single month" in caution
    (caution,) = month_cautions(snapshots(0, 2))
    assert "no month between 2015-01 and 2015-03" in caution
    check_no_gap(snapshots(0, 1), "a file")
    check_enough(snapshots(0, 2), "a file")
    with pytest.raises(InputError, match="a file has no month between 2015-01 and 2015-03"):
        check_no_gap(snapshots(0, 2), "a file")
    with pytest.raises(InputError, match="a file has a single month, 2015-05"):
        check_enough(snapshots(4), "a file")
