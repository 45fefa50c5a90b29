"""Rules: each bars what it says and no more, and is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.history import ages, died
from bankrec.rules import builtin
from tests.santander import BIT

JUNIOR, PENSION, CCO = (BIT[name] for name in ("ind_ctju_fin_ult1", "ind_nom_pens_ult1", "ind_cco_fin_ult1"))


def test_every_rule_bars_what_it_says(batch) -> None:
    history, tables = batch
    tables = replace(tables, minors=np.isin(np.arange(24), [JUNIOR, PENSION]), stopped=np.arange(24) == 9)
    barred, removed = builtin.apply(history, tables)
    assert np.flatnonzero(~barred[0]).tolist() == sorted([JUNIOR, PENSION])
    assert np.flatnonzero(barred[1]).tolist() == [JUNIOR, 9]
    assert barred[2].all()
    assert np.flatnonzero(barred[3]).tolist() == [CCO, JUNIOR, 9]
    assert removed == {
        "not_held": 1,
        "deceased": 24,
        "never_offer": 0,
        "until_age": 2,
        "from_age": 0,
        "minors": 22,
        "stopped": 2,
    }


def test_the_cost_of_a_rule_is_what_was_added_all_the_same(batch) -> None:
    """The minor adds the current account and pension, the adult the stopped product, the dead one nothing."""
    history, tables = batch
    tables = replace(tables, minors=np.isin(np.arange(24), [JUNIOR, PENSION]), stopped=np.arange(24) == 9)
    added = np.array([1 << CCO | 1 << PENSION, 1 << 9, 0, 1 << 3], dtype=np.uint64)
    cost = builtin.cost(history, tables, added)
    assert {name: (row.candidates_removed, row.acquisitions_lost) for name, row in cost.items()} == {
        "not_held": (1, 0),
        "deceased": (24, 0),
        "never_offer": (0, 0),
        "until_age": (2, 0),
        "from_age": (0, 0),
        "minors": (22, 1),
        "stopped": (2, 1),
        "comes_with": (0, 0),
    }
    removed = builtin.apply(history, tables)[1]
    assert {name: cost[name].candidates_removed for name in removed} == removed


def test_rules_have_names_and_reasons() -> None:
    assert len({rule.name for rule in builtin.RULES}) == len(builtin.RULES)
    assert all(rule.reason for rule in builtin.RULES)


def test_a_minor_stays_one_until_a_snapshot_says_18(batch) -> None:
    history, tables = batch
    tables = replace(tables, minors=np.arange(24) == JUNIOR, stopped=np.zeros(24, dtype=bool))
    for t in (1, 4):
        barred = builtin.apply(history.until(t), tables)[0]
        assert np.flatnonzero(~barred[3]).tolist() == [JUNIOR], "17 in the month before"
    assert builtin.apply(history.until(5), tables)[0][3, JUNIOR], "18 by the last snapshot"
    added = np.array([0, 0, 0, 1 << 14], dtype=np.uint64)
    lost = {t: builtin.cost(history.until(t), tables, added)["minors"].acquisitions_lost for t in (4, 5)}
    assert lost == {4: 1, 5: 0}, "what the rule takes from lists of the month before is lost"


def test_who_misses_a_month_has_the_age_last_stated(batch) -> None:
    history, _ = batch
    words, persons = history.words.copy(), history.persons.copy()
    words[:, 3:], persons[:, 3:] = 0, 0
    away = replace(history, words=words, persons=persons)
    assert ages(away).tolist() == [12, 40, 40, 17]
    assert died(away).tolist() == [False, False, True, False]
    words[:] = persons[:] = 0
    assert ages(away).tolist() == [0] * 4, "never there"


def test_rules_for_whom_the_set_does_not_know(batch) -> None:
    """Of an unknown customer no age and no holdings are known: what nobody gets is barred alone."""
    _, tables = batch
    tables = replace(tables, minors=np.zeros(24, dtype=bool), stopped=np.arange(24) == 9)
    assert np.flatnonzero(builtin.barred_unknown(None, tables)).tolist() == [9]
    assert np.flatnonzero(builtin.barred_unknown("TOP", tables)).tolist() == [9]
