"""Baselines: lists without a ranker, and methods compared by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.evaluation.baselines import baselines, compare
from bankrec.holdings import PRESENT, unpack
from tests.evaluation.three_customers import ADDED, ITEMS


def test_methods_are_compared_by_hand() -> None:
    """One of three adds product 3: at the second place of one method, at the first of the other."""
    first = ITEMS.copy()
    first[0, :2] = 3, 2
    table = compare({"second": ITEMS, "first": first}, ADDED)
    assert table["MAP@7"].tolist() == pytest.approx([0.5 / 3, 1 / 3])
    assert table["of max"].tolist() == pytest.approx([0.5, 1.0])
    assert table["recall@7"].tolist() == [1.0, 1.0]
    assert table["coverage@5"].tolist() == pytest.approx([3 / 24, 3 / 24]), "products 2, 3 and 4"


def test_lists_hold_what_is_not_held_and_popularity_is_that_of_the_bank(make, config) -> None:
    history = make(200, 4)
    words = history.words.copy()
    words[:, :] &= ~np.uint64(1 << 9)
    words[1:150, :3] |= PRESENT | np.uint64(1 << 9)  # held by most of those present before the target month
    history = replace(history, words=words)
    rows = np.arange(0, 60)
    lists = baselines(history, 3, rows, config)
    held = unpack(history.words[rows, 2], 24)
    assert len(lists) == 4
    for name, items in lists.items():
        for row, has in zip(items, held, strict=True):
            assert sorted(row[row >= 0]) == np.flatnonzero(~has).tolist(), name
    assert lists["popularity of holdings"][0, 0] == 9, "customer 0 alone does not hold it"
    later = replace(history, words=np.concatenate([history.words[:, :3], np.zeros((200, 1), np.uint64)], axis=1))
    for name, items in baselines(later, 3, rows, config).items():
        np.testing.assert_array_equal(items, lists[name], err_msg=f"{name} saw the target month")
