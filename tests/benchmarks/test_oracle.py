"""The oracle by hand: perfect where the chances are certain, and its own MAP@7 is that of the metrics."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.santander.columns import BIT, N_PRODUCTS
from benchmarks.oracle import best_lists, map_at_7_of_maximum, mean_over, oracle_lists


def test_the_oracle_of_a_certain_bank_is_perfect() -> None:
    p = np.zeros((2, N_PRODUCTS), np.float32)
    p[0, 3], p[1, 5] = 0.9, 0.8
    added = np.array([1 << 3, 1 << 5], np.uint64)
    lists = best_lists(p, np.zeros(2, np.uint64), added[None])
    assert lists[:, 0].tolist() == [3, 5]
    assert mean_over(added[None], lists) == 1.0


def test_who_adds_nothing_does_not_count() -> None:
    items = np.array([[1, 3, 2, 4, 5, 6, 7], [5, 1, 2, 3, 4, 6, 7], [1, 2, 3, 4, 5, 6, 7]], np.int8)
    added = np.array([1 << 3, 1 << 5, 0], np.uint64)
    assert map_at_7_of_maximum(items, added) == pytest.approx((0.5 + 1) / 2)


def test_the_pair_weighs_what_the_draws_ask_for() -> None:
    """Payroll and pension are the likeliest, but in all draws the other product comes: it belongs before them."""
    pair = [BIT["ind_nomina_ult1"], BIT["ind_nom_pens_ult1"]]
    p = np.zeros((1, N_PRODUCTS), np.float32)
    p[0, [*pair, 4]] = 0.6, 0.6, 0.5
    nothing, other = np.zeros(1, np.uint64), np.array([[1 << 4]] * 3, np.uint64)
    assert best_lists(p, nothing, other)[0, 0] == 4
    both = np.array([[1 << pair[0] | 1 << pair[1]]] * 3, np.uint64)
    assert best_lists(p, nothing, both)[0, :2].tolist() == pair


def test_the_oracle_orders_by_chance_without_what_is_held() -> None:
    """Payroll and pension count at a part of their chance, as they come together."""
    p = np.zeros((1, N_PRODUCTS), np.float32)
    payroll, pension = BIT["ind_nomina_ult1"], BIT["ind_nom_pens_ult1"]
    p[0, [3, 4, 5, payroll, pension]] = 0.9, 0.8, 0.5, 0.6, 0.7
    held = np.array([1 << 3], np.uint64)
    assert oracle_lists(p, held, 1.0)[0, :4].tolist() == [4, pension, payroll, 5]
    assert oracle_lists(p, held, 0.5)[0, :4].tolist() == [4, 5, pension, payroll]
