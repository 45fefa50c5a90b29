"""What each rule took from whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.holdings import all_held, unpack
from bankrec.jobs.terms import Terms
from bankrec.rules import builtin
from bankrec.rules.removals import removals
from tests.santander import BIT, N

JUNIOR, PENSION = BIT["ind_ctju_fin_ult1"], BIT["ind_nom_pens_ult1"]


def test_each_product_that_is_taken_stands_at_one_rule_and_none_that_is_held(batch) -> None:
    history, tables = batch
    products = np.arange(len(tables.stopped))
    tables = replace(tables, minors=np.isin(products, [JUNIOR, PENSION]), stopped=products == 9)
    rules = Terms(suppressed=history.user_id[3:4]).rules
    removed = removals(history, tables, rules)
    assert removed.rules == (
        *("deceased", "never_offer", "until_age", "from_age"),
        *("minors", "stopped", "suppressed"),
    )
    held = history.words[:, -1] & all_held(N)
    barred = builtin.apply(history, tables)[0]
    everything = np.bitwise_or.reduce(removed.words, axis=1)
    assert (everything & held == 0).all()
    pairs = np.bitwise_count(removed.words).sum(axis=1)
    assert (pairs == np.bitwise_count(everything)).all(), "a product of two rules stands at one"
    expected = barred & ~unpack(held, N)
    assert pairs[:3].tolist() == expected[:3].sum(axis=1).tolist()
    assert pairs[3] == len(products) - int(np.bitwise_count(held[3])), "everything is removed for the suppressed"
    assert int(removed.words[1, 2]) == 1 << JUNIOR


def test_rules_have_versions_and_state_themselves() -> None:
    for rule in (*Terms(suppressed=np.array([1])).rules, builtin.ORDER):
        assert set(rule.stated()) == {"name", "version", "reason"} and all(rule.stated().values())
