"""The relation to the bank is one field as long as it has few codes."""

from __future__ import annotations

from typing import Any

import pytest

from bankrec.bank.files import bank_from
from bankrec.model.fields import relation_is_joint
from tests.other_bank import BARE, NAMED, OTHER
from tests.santander import BANK


def of(size: int, number: int, **more: Any) -> dict[str, Any]:
    """A state of so many codes, the one for any other value counted."""
    name = f"state_{number}"
    return {"name": name, "column": name, "kind": "category", "values": list(range(1, size)), **more}


@pytest.mark.parametrize(
    ("states", "joint"),
    [
        ([of(64, 0)], True),
        ([of(65, 0)], False),
        ([of(8, 0), of(8, 1)], True),
        ([of(8, 0), of(9, 1)], False),
        ([of(16, 0), {"name": "on", "column": "on", "kind": "flag"}], True),
        ([of(17, 0), {"name": "on", "column": "on", "kind": "flag"}], False),
        ([of(64, 0), of(9, 1, segment=True)], True),
    ],
)
def test_few_codes_are_one_field(states: list[dict[str, Any]], joint: bool) -> None:
    """A flag has four codes, with the month before; the segment is a field of its own in any case."""
    assert relation_is_joint(bank_from(NAMED | {"name": "made", "states": states}, "made")) == joint


def test_of_the_banks_of_the_tests() -> None:
    assert relation_is_joint(BANK) and relation_is_joint(OTHER) and relation_is_joint(BARE)
