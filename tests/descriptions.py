"""Small descriptions of banks for tests: a whole one, and changes to it."""

from __future__ import annotations

import copy
from typing import Any

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.errors import InputError

SMALL: dict[str, Any] = {
    "name": "small",
    "currency": "EUR",
    "languages": ["en"],
    "customer": "customer",
    "month": "month",
    "products": [
        {"id": "account", "names": {"en": "Account"}, "group": "accounts"},
        {"id": "card", "names": {"en": "Card"}, "group": "credit", "comes_with": "account"},
        {"id": "loan", "names": {"en": "Loan"}, "group": "credit", "from_age": 18, "until_age": 70},
    ],
    "states": [
        {"name": "tier", "column": "tier", "kind": "category", "values": ["A", "B"], "segment": True},
        {"name": "app", "column": "app_use", "kind": "flag", "activity": True},
    ],
    "profile": [
        {
            "name": "age",
            "column": "age",
            "kind": "number",
            "role": "age",
            "by_month": True,
            "largest": 120,
            "bands": {"edges": [18, 65]},
        },
        {"name": "branch", "column": "branch", "kind": "category", "values": ["north", "south"]},
        {
            "name": "tenure",
            "column": "joined",
            "kind": "date",
            "role": "joined",
            "bands": {"edges": [12], "names": ["new", "long"]},
        },
    ],
    "features": [{"name": "balance"}, {"name": "mood", "kind": "category", "values": ["good", "bad"]}],
}
LEAVE_OUT = object()


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """`SMALL` with other entries: each a place as `products.2.id`, and what stands there (or `LEAVE_OUT`)."""
    content = copy.deepcopy(SMALL)
    for place, value in changes:
        *parents, last = [int(step) if step.isdigit() else step for step in place.split(".")]
        table: Any = content
        for step in parents:
            table = table[step] if isinstance(table, list) else table.setdefault(step, {})
        if value is LEAVE_OUT:
            del table[last]
        elif isinstance(table, list) and last == len(table):
            table.append(value)
        else:
            table[last] = value
    return content


def small(*changes: tuple[str, Any]) -> Bank:
    """The bank of `changed`."""
    return bank_from(changed(*changes), "bank.toml")


def error_line(*changes: tuple[str, Any]) -> str:
    """The error of a description that is wrong: one line."""
    try:
        small(*changes)
    except InputError as error:
        assert len(str(error).splitlines()) == 1, error
        return str(error)
    raise AssertionError("nothing was wrong")
