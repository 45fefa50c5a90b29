"""Transitions by hand: what is added, what could have been, and how many of each group do either."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from bankrec import transitions
from bankrec.holdings import PRESENT, all_held, unpack
from bankrec.transitions import Transition, counts, members
from tests.santander import ACTIVE, N

ONE, TWO = 1 << 1, 1 << 2


@pytest.fixture
def words() -> np.ndarray:
    """Three months of four customers: one adds a product, one leaves, one joins, one holds what it has."""
    here = int(PRESENT | ACTIVE)
    return np.array(
        [
            [here | ONE, here | ONE | TWO, here | TWO],
            [here, here | ONE, 0],
            [0, here | TWO, here | ONE],
            [here | TWO, here | TWO, here | TWO],
        ],
        np.uint64,
    )


def test_the_examples_hold() -> None:
    assert doctest.testmod(transitions, extraglobs={"np": np}).failed == 0


def test_what_is_added_by_those_present_in_both_months(words: np.ndarray) -> None:
    first, second = Transition.into(words, 1, N), Transition.into(words, 2, N)
    assert first.both.tolist() == [True, True, False, True]
    assert first.added.tolist() == [TWO, ONE, 0, 0]
    assert second.both.tolist() == [True, False, True, True]
    assert second.added.tolist() == [0, 0, ONE, 0]


def test_what_could_be_added_is_not_held_before(words: np.ndarray) -> None:
    every = int(all_held(N))
    assert Transition.into(words, 1, N).not_held.tolist() == [every & ~ONE, every, 0, every & ~TWO]
    assert Transition.into(words, 1, N).take(np.array([3])).not_held.tolist() == [every & ~TWO]


def test_a_customer_counts_in_each_of_its_groups() -> None:
    groups = np.array([[True, True], [True, False], [False, False]])
    counted = counts(np.array([ONE | TWO, ONE | int(PRESENT), TWO], np.uint64), groups, N)
    assert counted.shape == (2, 24) and counted.dtype == np.int64
    assert counted[:, :4].tolist() == [[0, 2, 1, 0], [0, 1, 1, 0]]
    assert counted.sum() == 5, "what stands above the products is no product"


def test_counts_are_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    some = rng.integers(0, 1 << 62, 1_000).astype(np.uint64)
    codes = rng.integers(0, 5, 1_000)
    expected = [unpack(some[codes == code], N).sum(axis=0).tolist() for code in range(5)]
    for size in (7, 1_000, 100_000):
        monkeypatch.setattr(transitions, "BATCH", size)
        assert counts(some, members(codes, 5), N).tolist() == expected


def test_nobody_is_counted_where_nobody_is() -> None:
    assert counts(np.array([], np.uint64), np.zeros((0, 3), np.bool_), N).tolist() == [[0] * 24] * 3
    assert members(np.array([True, False]), 2).tolist() == [[False, True], [True, False]]
