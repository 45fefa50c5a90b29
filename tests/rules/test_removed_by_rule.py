"""What each rule takes: a candidate that two rules bar counts for the first, in lists, costs and a bank's own rules."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.ranked import Ranked
from bankrec.results import RuleCost
from bankrec.rules.builtin import ORDER, Rule, apply, cost, removed_by_rule
from bankrec.rules.eligibility import restricted
from bankrec.rules.offerable import Offerable
from tests.santander import BANK

NONE = np.zeros(24, np.bool_)
TABLES = Offerable(stopped=NONE, minors=NONE, never=NONE)


def rule(name: str, *products: int) -> Rule:
    """A rule that bars these products to everybody."""
    return Rule(name, f"{name} it is", lambda batch, _: np.tile(np.isin(np.arange(24), products), (len(batch), 1)))


def bank() -> History:
    words = np.full((2, 1), PRESENT, np.uint64)
    return History(BANK, np.array([7, 9]), (date(2015, 1, 28),), words, np.zeros((2, 1), np.uint16), pa.table({}))


FIRST, SECOND = rule("first", 1, 2), rule("second", 2, 3)


def test_what_two_rules_bar_is_taken_by_the_first() -> None:
    removed = {rule.name: np.flatnonzero(barred[0]).tolist() for rule, barred in of_both()}
    assert removed == {"first": [1, 2], "second": [3]}
    assert {rule.name: np.flatnonzero(barred[0]).tolist() for rule, barred in of_both(SECOND, FIRST)} == {
        "second": [2, 3],
        "first": [1],
    }


def of_both(*rules: Rule):
    return removed_by_rule(bank(), TABLES, rules or (FIRST, SECOND))


def test_lists_and_costs_count_the_same_candidates() -> None:
    barred, removed = apply(bank(), TABLES, (FIRST, SECOND))
    assert np.flatnonzero(barred[1]).tolist() == [1, 2, 3]
    assert removed == {"first": 4, "second": 2}
    added = np.array([1 << 2 | 1 << 3, 1 << 5], np.uint64)
    costs = cost(bank(), TABLES, added, (FIRST, SECOND))
    assert costs == {
        "first": RuleCost("first it is", 4, 1),
        "second": RuleCost("second it is", 2, 1),
        ORDER.name: RuleCost(ORDER.reason, 0, 0),
    }


def test_a_banks_own_rules_take_what_is_listed() -> None:
    """Customer 7 is offered 5, 2, 3; customer 9 nothing but 1: what is not listed is not removed."""
    items = np.full((2, 24), -1, np.int8)
    items[0, :3], items[1, 0] = (5, 2, 3), 1
    scores = np.where(items >= 0, np.float32(0.5), np.float32(0))
    nothing = np.zeros(2, np.uint64)
    text = np.array(["ok", "ok"], dtype=np.dtype("U12"))
    ranked = Ranked(np.array([7, 9]), items, scores, nothing, text, text, nothing, {"before": 1})
    fewer = restricted(ranked, bank(), TABLES, (FIRST, SECOND))
    assert fewer.removed == {"before": 1, "first": 2, "second": 1}
    assert fewer.items[:, :2].tolist() == [[5, -1], [-1, -1]]
    assert fewer.status.tolist() == ["ok", "nothing_left"]
    assert fewer.barred.tolist() == [1 << 1 | 1 << 2 | 1 << 3] * 2
