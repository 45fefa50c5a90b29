"""The factors and the lists of ALS alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.evaluation.als_view import als_lists, beside, factors, nearest
from bankrec.holdings import unpack


def test_the_nearest_product_points_the_same_way(held_back) -> None:
    _, month = held_back
    items = np.zeros_like(month.recommender.items)
    items[0, 0], items[1, 0], items[2, 1] = 1.0, 2.0, 3.0
    of = replace(month.recommender, items=items)
    names = of.bank.catalogue.names
    table = nearest(of)
    assert table.loc[names[0], "nearest 1"] == f"{names[1]} (1.00)"
    assert table.loc[names[3], "nearest 1"] == "", "a product without holders is near to none"
    assert factors(of).shape == items.shape and factors(of).loc[names[2]].iloc[1] == 3.0


def test_als_ranks_what_is_not_held(held_back) -> None:
    history, month = held_back
    lists = als_lists(history, month.recommender, month.ranked, month.target)
    held = unpack(month.ranked.held, history.bank.n)
    for row in range(20):
        assert sorted(lists[row][lists[row] >= 0]) == np.flatnonzero(~held[row]).tolist()
    table = beside(history, month.recommender, month.ranked, month.added, month.target)
    first = int(np.flatnonzero(month.added != 0)[0])
    names = history.bank.catalogue.names
    assert table.index[0] == month.ranked.user_id[first]
    assert table.iloc[0]["the model ranks first"].startswith(names[month.ranked.items[first, 0]])
