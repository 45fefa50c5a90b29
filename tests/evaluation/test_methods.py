"""The methods of a comparison: the same customers, metrics named by their places, curves on a new month."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.evaluation.backtest import backtest_last_month
from bankrec.evaluation.methods import ADDITIVE, CATBOOST, OURS, by_trees, list_quality, lists_by_method
from bankrec.holdings import unpack


@pytest.fixture(scope="module")
def evaluated(make, config: Config) -> tuple:
    history = make(600, 6)
    backtest = backtest_last_month(history, config)
    assert backtest is not None
    return history, backtest


def test_every_method_ranks_what_is_not_held_for_the_same_customers(evaluated, config: Config) -> None:
    history, backtest = evaluated
    lists = lists_by_method(history, backtest, config)
    assert list(lists)[-3:] == [ADDITIVE, CATBOOST, OURS] and len(lists) == 7
    held = unpack(backtest.ranked.held, history.bank.n)
    for name, items in lists.items():
        assert items.shape == backtest.ranked.items.shape, name
        for row in range(0, len(items), 37):
            listed = items[row][items[row] >= 0]
            assert not held[row, listed].any() and len(set(listed)) == len(listed), name
    assert (lists[OURS] == backtest.ranked.items).all()


def test_a_share_of_one_or_none_is_a_model_alone(evaluated) -> None:
    """All trees are those of CatBoost on pairs; with none of them only the level ranks."""
    history, backtest = evaluated
    steps, shares = by_trees(history, backtest)
    trees = backtest.recommender.ranker.tree_count_
    assert steps == sorted({*range(25, trees, 25), trees}) and len(shares) == len(steps)
    alone = lists_by_method(history, backtest, Config())[CATBOOST]
    assert shares[-1] == pytest.approx(
        list_quality(alone, backtest.added, backtest.ranked.held)["map_at_7_of_maximum"], abs=1e-12
    )


def test_every_metric_names_its_places() -> None:
    """Two customers: the first adds product 1, listed second; the other adds nothing. Product 2 is held by one."""
    items = np.array([[2, 1, -1], [1, 2, -1]], np.int8)
    added, held = np.array([1 << 1, 0], np.uint64), np.array([0, 1 << 2], np.uint64)
    quality = list_quality(items, added, held)
    assert quality["map_at_7"] == 0.25 and quality["map_at_7_of_maximum"] == 0.5
    assert (quality["recall_at_1"], quality["recall_at_3"], quality["precision_at_1"]) == (0.0, 1.0, 0.0)
    assert quality["coverage_at_1"] == pytest.approx(2 / 3) and quality["hit_rate_at_7"] == 1.0
    assert all("_at_" in name for name in quality)
