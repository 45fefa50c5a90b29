"""Rules: each bars what it says and no more, and is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from bankrec import rules, suppression
from bankrec.config import Config
from bankrec.evidence import learn, stopped
from bankrec.levels import levels
from bankrec.products import BIT
from bankrec.words import PRESENT

JUNIOR, PENSION, CCO = (BIT[name] for name in ("ind_ctju_fin_ult1", "ind_nom_pens_ult1", "ind_cco_fin_ult1"))


@pytest.fixture(scope="module")
def batch(make, config: Config):
    """Four customers: a minor, an adult, an adult who died, an adult with a current account."""
    history = make(300, 5)
    tables = learn(history.until(5), levels(history), config)
    four = history.take(np.arange(4))
    words = np.full((4, 5), PRESENT, dtype=np.uint32)
    words[3] |= np.uint32(1 << CCO)
    profile = four.profile
    for name, values in (
        ("last_age", pa.array(np.array([12, 40, 40, 18], dtype=np.int16))),
        ("last_deceased", pa.array([False, False, True, False])),
    ):
        profile = profile.set_column(profile.column_names.index(name), name, values)
    return replace(four, words=words, profile=profile), tables


def test_every_rule_bars_what_it_says(batch) -> None:
    history, tables = batch
    tables = replace(tables, minors=np.isin(np.arange(24), [JUNIOR, PENSION]), stopped=np.arange(24) == 9)
    barred, removed = rules.apply(history, tables)
    assert np.flatnonzero(~barred[0]).tolist() == sorted([JUNIOR, PENSION])
    assert np.flatnonzero(barred[1]).tolist() == [JUNIOR, 9]
    assert barred[2].all()
    assert np.flatnonzero(barred[3]).tolist() == [CCO, JUNIOR, 9]
    assert removed == {
        "not_held": 1,
        "deceased": 24,
        "no_junior_account_for_adults": 2,
        "minors": 22,
        "stopped": 2,
    }


def test_the_toll_of_a_rule_is_what_was_added_all_the_same(batch) -> None:
    """The minor adds the current account and pension, the adult the stopped product, the dead one nothing."""
    history, tables = batch
    tables = replace(tables, minors=np.isin(np.arange(24), [JUNIOR, PENSION]), stopped=np.arange(24) == 9)
    added = np.array([1 << CCO | 1 << PENSION, 1 << 9, 0, 1 << 3], dtype=np.uint32)
    toll = rules.toll(history, tables, added)
    assert {name: (row["candidates_removed"], row["acquisitions_lost"]) for name, row in toll.items()} == {
        "not_held": (1, 0),
        "deceased": (24, 0),
        "no_junior_account_for_adults": (2, 0),
        "minors": (22, 1),
        "stopped": (2, 1),
        "payroll_after_pension": (0, 0),
    }
    removed = rules.apply(history, tables)[1]
    assert {name: toll[name]["candidates_removed"] for name in removed} == removed


def test_rules_have_names_and_reasons() -> None:
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)
    assert all(rule.reason for rule in rules.RULES)


def test_a_slice_of_the_past_leaves_doubtful_ages_alone(batch) -> None:
    """A customer of 17 in the first month may be of age by now: neither rule of age bars anything."""
    history, tables = batch
    age = pa.array(np.full(4, 17, dtype=np.int16))
    past = history.until(5)
    past = replace(past, profile=past.profile.set_column(past.profile.column_names.index("age"), "age", age))
    none = replace(tables, minors=np.zeros(24, dtype=bool), stopped=np.zeros(24, dtype=bool))
    barred, _ = rules.apply(past, none)
    assert barred.sum() == 1, "only the account that is held"


@pytest.mark.parametrize(("silent", "expected"), [(1, False), (2, False), (3, True), (5, True)])
def test_stopped_when_ten_additions_were_likely(silent: int, expected: bool) -> None:
    added = np.full((12, 24), 50.0)
    added[:, 9] = 4.0
    added[12 - silent :, 9] = 0.0
    found = stopped(added)
    assert found[9] == expected and found.sum() == int(expected)


def test_never_added_is_not_stopped() -> None:
    assert not stopped(np.zeros((12, 24))).any()


def test_the_suppression_list_is_counted_as_a_rule(batch) -> None:
    history, tables = batch
    asked = frozenset([int(history.user_id[3]), 999_999])
    added = np.array([0, 0, 0, 1 << 3 | 1 << 4], dtype=np.uint32)
    toll = rules.toll(history, tables, added, (*rules.RULES, *suppression.as_rules(asked)))["suppressed"]
    before = rules.apply(history, tables)[0]
    assert (toll["candidates_removed"], toll["acquisitions_lost"]) == (int((~before[3]).sum()), 2)
    assert suppression.as_rules(frozenset()) == ()
