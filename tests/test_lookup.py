"""Look-up of customers' rows, by hand: who is there, in any order, and who is missing."""

from __future__ import annotations

import doctest
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from bankrec import lookup
from bankrec.history import History
from bankrec.lookup import locate, rows_of
from tests.santander import BANK

IDS = np.array([10, 20, 30], np.int64)


def test_the_examples_hold() -> None:
    assert doctest.testmod(lookup, extraglobs={"np": np}).failed == 0


def test_rows_are_in_the_order_asked_for() -> None:
    assert rows_of(IDS, np.array([30, 10, 30])).tolist() == [2, 0, 2]
    assert rows_of(IDS, np.array([], np.int64)).tolist() == []


@pytest.mark.parametrize("missing", [5, 15, 31])
def test_a_customer_who_is_not_there_is_named(missing: int) -> None:
    with pytest.raises(KeyError, match=f"customer {missing} is not among these 3 customers"):
        rows_of(IDS, np.array([10, missing]))
    rows, there = locate(IDS, np.array([10, missing]))
    assert there.tolist() == [True, False] and rows[0] == 0 and 0 <= rows[1] < 3


def test_nobody_is_among_no_customers() -> None:
    rows, there = locate(np.array([], np.int64), np.array([1, 2]))
    assert rows.tolist() == [0, 0] and there.tolist() == [False, False]
    with pytest.raises(KeyError, match="customer 1 is not among these 0 customers"):
        rows_of(np.array([], np.int64), np.array([1]))


def test_a_history_gives_the_rows_and_the_customers_asked_for() -> None:
    words, persons = np.array([[1], [2], [3]], np.uint64), np.array([[4], [5], [6]], np.uint16)
    history = History(BANK, IDS, (date(2015, 1, 28),), words, persons, pa.table({"age": [40, 50, 60]}))
    asked = np.array([30, 10], np.int64)
    assert history.rows(asked).tolist() == [2, 0]
    of = history.of(asked)
    assert of.user_id.tolist() == [30, 10] and of.words.tolist() == [[3], [1]]
    assert of.profile["age"].to_pylist() == [60, 40]
    with pytest.raises(KeyError, match="customer 40"):
        history.of(np.array([40], np.int64))
