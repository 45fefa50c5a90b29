"""Groups that a reason may name: which, of whom, and what of the additive model moves with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.config import Config
from bankrec.explain.groups import ReasonGroup, reason_groups
from bankrec.history import History
from bankrec.model.states import relation_is_joint, states
from bankrec.model.vocabulary import learn_vocabulary
from tests.other_bank import BARE, NAMED, OTHER, other_history
from tests.santander import BANK


def group(bank: Bank, name: str) -> ReasonGroup:
    return next(one for one in reason_groups(bank) if one.name == name)


def described(**parts: Any) -> Bank:
    return bank_from(NAMED | {"name": "described"} | parts, "described")


def of_profile(bank: Bank, **columns: pa.Array) -> History:
    """Customers with these columns, as of the first month."""
    table = pa.table(columns)
    return replace(other_history(table.num_rows, 1, bank=BARE), bank=bank, profile=table)


def test_groups_of_the_default_bank() -> None:
    assert [(one.name, one.field, len(one.codes)) for one in reason_groups(BANK)] == [
        ("age", "age", 8),
        ("segment", "segment", 4),
        ("tenure", "tenure", 4),
        ("active", "activity", 2),
    ]
    assert group(BANK, "active").codes == ("inactive", "active") and not group(BANK, "active").skips_first
    assert group(BANK, "age").of_now and not group(BANK, "age").skips_first, "an age is never missing there"


def test_what_has_no_text_is_no_group() -> None:
    assert [one.name for one in reason_groups(OTHER)] == ["balance", "online", "plan"], "no reason names the branch"
    assert reason_groups(BARE) == ()


def test_a_number_that_is_not_known_is_in_no_band() -> None:
    balances = pa.array([None, 0.0, 499.0, 500.0, 9e9])
    balance = group(OTHER, "balance")
    assert balance.of(of_profile(OTHER, balance=balances)).tolist() == [0, 1, 1, 2, 3] and balance.skips_first


def test_a_date_that_is_not_known_is_in_no_band() -> None:
    column = {"name": "since", "column": "since", "kind": "date", "role": "joined", "bands": {"edges": [12]}}
    bank = described(profile=[column | {"texts": {"since": {"en": "after {value} months they acquire it more often"}}}])
    joined = pa.array([None, date(2014, 12, 1), date(2013, 1, 1)])
    assert group(bank, "since").of(of_profile(bank, since=joined)).tolist() == [0, 1, 2], "the month is January 2015"


def test_flags_and_categories_of_the_profile() -> None:
    assert group(OTHER, "online").of(of_profile(OTHER, online=pa.array([1, 0, -1]))).tolist() == [1, 0, 0]
    texts = {"home": {"en": "customers whose home is {value} acquire it more often than others"}}
    home = {"name": "home", "column": "home", "kind": "category", "values": ["owned", "rented"], "texts": texts}
    bank = described(profile=[home])
    assert group(bank, "home").codes == ("home:UNKNOWN", "home:owned", "home:rented")
    homes = of_profile(bank, home=pa.array(["rented", "", None, "owned", "boat"]))
    assert group(bank, "home").of(homes).tolist() == [2, 0, 0, 1, 0] and group(bank, "home").skips_first


def state(name: str, size: int) -> dict[str, Any]:
    texts = {name: {"en": "customers of {value} acquire it more often than others"}}
    return {"name": name, "column": name, "kind": "category", "values": list(range(1, size)), "texts": texts}


@pytest.mark.parametrize(("sizes", "joint"), [((8, 8), True), ((8, 9), False), ((4,), True)])
def test_the_field_of_a_state_is_one_that_the_model_has(config: Config, sizes: tuple[int, ...], joint: bool) -> None:
    """States with many codes together are fields of their own; reasons look for them where they are."""
    bank = described(states=[state(f"state_{place}", size) for place, size in enumerate(sizes)])
    assert relation_is_joint(bank) == joint
    history = replace(other_history(20, bank=BARE), bank=bank)
    known = states(history, learn_vocabulary(history), config)
    assert {one.field for one in reason_groups(bank)} <= set(known.names)
    assert ("activity" in known.names) == joint
