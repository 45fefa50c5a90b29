"""A bank as it is read: what follows from its description."""

from __future__ import annotations

import json
from typing import Any

import pytest
from descriptions import LEAVE_OUT, small
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bankrec.bank.description import Bank
from bankrec.bank.files import santander


def test_products_are_in_the_order_of_their_bits() -> None:
    bank = small()
    assert bank.ids == ("account", "card", "loan") and bank.bit == {"account": 0, "card": 1, "loan": 2}
    assert bank.n == 3 and bank.catalogue.names == ("Account", "Card", "Loan")


def test_states_stand_above_the_products() -> None:
    fields = small().state_fields
    assert [(name, field.shift, field.size, field.bits) for name, field in fields.items()] == [
        ("tier", 3, 3, 2),
        ("app", 5, 2, 1),
    ]
    assert [state.called for state in small().states] == [("UNKNOWN", "A", "B"), ("no", "yes")]


def test_what_is_kept_by_month_has_its_own_bits() -> None:
    bank = small(("profile.1.by_month", True))
    assert {name: (field.shift, field.size) for name, field in bank.stated_fields.items()} == {
        "age": (0, 122),  # 0 to 120, and one for unknown
        "branch": (7, 3),
    }


def test_segment_activity_and_roles() -> None:
    bank = small(("profile.1.personal", True))
    assert bank.segment is bank.states[0] and bank.segments == ("", "A", "B") and bank.activity is bank.states[1]
    assert bank.with_role("age") is bank.profile[0] and bank.with_role("deceased") is None
    assert bank.personal == ("branch",)
    none = small(("states", LEAVE_OUT))
    assert (none.segment, none.segments, none.activity) == (None, ("",), None)


def test_a_bank_is_frozen() -> None:
    with pytest.raises(ValidationError):
        small().name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("bank", [santander(), small(), small(("states.0.same_as", {"C": "A"}), ("adult_age", 21))])
def test_what_is_written_is_read_again(bank: Bank) -> None:
    assert Bank.model_validate(json.loads(json.dumps(bank.as_dict()))) == bank


words = st.text("abcdefghij", min_size=1, max_size=6)


@given(
    ids=st.lists(words, min_size=2, max_size=48, unique=True),
    sizes=st.lists(st.integers(1, 7), max_size=4),
    numbers=st.booleans(),
)
def test_any_bank_is_read_again_and_its_bits_do_not_overlap(ids: list[str], sizes: list[int], numbers: bool) -> None:
    products: list[dict[str, Any]] = [{"id": item, "names": {"en": f"The {item}"}, "group": "any"} for item in ids]
    states = [
        {
            "name": f"state_{at}",
            "column": f"column_{at}",
            "kind": "category",
            "values": list(range(size)) if numbers else [f"v{value}" for value in range(size)],
        }
        for at, size in enumerate(sizes)
    ]
    bank = small(("products", products), ("states", states), ("profile", []), ("features", []))
    assert Bank.model_validate(json.loads(json.dumps(bank.as_dict()))) == bank
    taken = (1 << bank.n) - 1
    for field in bank.state_fields.values():
        own = ((1 << field.bits) - 1) << field.shift
        assert not taken & own and field.size <= 1 << field.bits
        taken |= own
    assert taken < 1 << 61
