"""Ranked products: order, ties, bands of scores, reasons as lists."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bankrec.holdings import PRESENT, all_held
from bankrec.ranked import SCORE_BANDS, Ranked, Reasons, by_band, in_target, lists_by, ranked_items
from tests.santander import N


def test_ties_follow_the_catalogue() -> None:
    barred = np.zeros((1, 24), dtype=bool)
    barred[0, 3] = True
    items, scores = ranked_items(np.full((1, 24), 0.5), barred)
    assert items[0].tolist() == [0, 1, 2, *range(4, 24), -1]
    assert scores[0, -1] == 0


def test_lists_by_rates_leave_out_what_is_held() -> None:
    rates = np.stack([np.arange(24.0), np.arange(24.0)[::-1]])
    lists = lists_by(rates, np.array([1 << 23, 1 << 0 | 1 << 1], np.uint64))
    assert lists[0].tolist() == [*range(22, -1, -1), -1]
    assert lists[1].tolist() == [*range(2, 24), -1, -1]


@given(st.lists(st.floats(0, 1, width=32), max_size=50))
def test_every_score_is_in_one_band(scores: list[float]) -> None:
    counts = by_band(np.array(scores))
    slow = [sum(low <= score < high for score in scores) for low, high in pairwise(SCORE_BANDS)]
    slow[-1] += scores.count(1.0)
    assert counts.tolist() == slow


def test_lists_of_those_present_in_the_target_month(make) -> None:
    history = make(50, 4)
    rows = np.flatnonzero((history.words[:, 2] & PRESENT) != 0)
    held, n = history.words[rows, 2] & all_held(N), len(rows)
    text = np.full(n, "ok"), np.full(n, "")
    items = lists_by(np.arange(24.0), held)
    lists = Ranked(history.user_id[rows], items, np.zeros((n, 24), np.float32), held, *text, np.zeros(n, np.uint64))
    kept, added = in_target(history, lists, 3)
    there = (history.words[rows, 3] & PRESENT) != 0
    assert 0 < there.sum() < n
    np.testing.assert_array_equal(kept.user_id, history.user_id[rows][there])
    np.testing.assert_array_equal(kept.items, items[there])
    np.testing.assert_array_equal(added, history.words[rows[there], 3] & ~held[there] & all_held(N))


def test_reasons_as_lists_of_places() -> None:
    chosen = np.full((2, 7, 2), -1, np.int16)
    chosen[0, 0], chosen[0, 1, 0], chosen[1, 6, 0] = (2, 0), 1, 0
    listed = np.ones((2, 9), np.bool_)
    listed[1, 3:] = False
    lists = Reasons(chosen, ("a", "b", "c")).lists(listed).to_pylist()
    assert lists == [["c", "a"], ["b"], *[[]] * 7, *[[]] * 3], "places beyond the seventh, and no place, have none"
