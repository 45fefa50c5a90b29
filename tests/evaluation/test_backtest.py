"""A month evaluated: lists of the customers present in it, their acquisitions, and models with fewer features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.config import PopularityConfig
from bankrec.evaluation.backtest import backtest_last_month, evaluate_month, metrics_of, without_personal
from bankrec.holdings import PRESENT, all_held
from bankrec.ranked import Ranked, lists_by


def test_a_month_evaluated_by_hand(history_of) -> None:
    """The first adds product 5, listed first; the second adds nothing; the third is absent in the target month."""
    words = np.full((3, 3), PRESENT, dtype=np.uint64)
    words[0, 2] |= np.uint64(1 << 5)
    words[2, 2] = 0
    bank = history_of(words)
    rates = np.zeros(24)
    rates[5] = 1.0
    held = words[:, 1] & all_held(24)
    items = lists_by(rates, held)
    text = np.full(3, "ok"), np.full(3, "")
    lists = Ranked(bank.user_id, items, np.zeros((3, 24), np.float32), held, *text, words[:, 1] * 0)
    ranked, added, quality = evaluate_month(bank, 2, lists, PopularityConfig())
    assert ranked.user_id.tolist() == bank.user_id[:2].tolist() and added.tolist() == [1 << 5, 0]
    assert (quality.customers, quality.map_at_7.value, quality.map_at_7_of_maximum.value) == (2, 0.5, 1.0)


def test_two_months_are_nothing_to_evaluate_on(make, config) -> None:
    assert backtest_last_month(make(50, 2), config) is None


def test_the_last_month_moves_the_metrics_and_no_list(make, config) -> None:
    history = make(300, 4)
    words = history.words.copy()
    words[:, 3] |= np.where(words[:, 3] & PRESENT != 0, np.uint64(1 << 9), np.uint64(0))
    one, other = (backtest_last_month(past, config) for past in (history, replace(history, words=words)))
    assert one is not None and other is not None
    np.testing.assert_array_equal(one.ranked.items, other.ranked.items)
    np.testing.assert_array_equal(one.ranked.scores, other.ranked.scores)
    assert one.quality.observed_acquisitions < other.quality.observed_acquisitions and one.target == 3
    metrics = metrics_of(history, one, config)
    assert metrics.target_month == "2015-04-28" and metrics.quality == one.quality
    assert metrics.rules["not_held"].candidates_removed > 0 and metrics.without_personal is None
    personal = without_personal(history, one, config)
    assert personal.cost.value == pytest.approx(one.quality.map_at_7_of_maximum.value - personal.map_at_7_of_maximum)
    assert personal.cost.low <= personal.cost.value <= personal.cost.high
