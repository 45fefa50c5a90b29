"""A first description: whatever the columns are called, what is written is a whole description."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.bank.draft import MOST_PRODUCTS, ColumnValues, customer_of, draft, month_of
from bankrec.bank.files import bank_from
from bankrec.errors import InputError

KEYS = [ColumnValues("who", "integer", 90, 30), ColumnValues("when", "date", 90, 3)]


def flags(count: int) -> list[ColumnValues]:
    return [ColumnValues(f"p{at}", "flag", 90, 2) for at in range(count)]


@given(
    names=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8, unique=True),
    kinds=st.lists(st.sampled_from(["flag", "integer", "number", "text", "date", "other"]), min_size=8, max_size=8),
    values=st.lists(st.text(max_size=5), max_size=3, unique=True),
)
def test_any_column_names_make_a_whole_description(names: list[str], kinds: list[str], values: list[str]) -> None:
    taken = {"who", "when", "p0", "p1"}
    others = [
        ColumnValues(
            name,
            kind,  # type: ignore[arg-type]
            90,
            max(len(values), 1),
            0,
            90,
            tuple(values) if kind == "text" else (),
            (5.0,),
        )
        for name, kind in zip(names, kinds, strict=False)
        if name not in taken
    ]
    text = draft("A bank", [*KEYS, *flags(2), *others], "who", "when", "s.json")
    bank = bank_from(tomllib.loads(text), "guessed")
    assert bank.ids[:2] == ("p0", "p1") and bank.name == "a_bank"
    assert {column.column for column in bank.profile} <= set(names)


def test_more_flags_than_products_can_be_are_of_the_profile() -> None:
    text = draft("b", [*KEYS, *flags(MOST_PRODUCTS + 2)], "who", "when", "s.json")
    bank = bank_from(tomllib.loads(text), "guessed")
    assert bank.n == MOST_PRODUCTS and [column.name for column in bank.profile] == ["p48", "p49"]


def test_one_product_is_none() -> None:
    with pytest.raises(InputError, match="fewer than two columns of 0 and 1"):
        draft("b", [*KEYS, *flags(1)], "who", "when", "s.json")


def test_zeros_alone_may_be_a_product_and_other_integers_may_not() -> None:
    assert ColumnValues("p", "integer", 9, 1, 0, 0).zero_or_one and ColumnValues("p", "integer", 9, 2, 0, 1).zero_or_one
    assert (
        not ColumnValues("p", "integer", 9, 3, 0, 2).zero_or_one
        and not ColumnValues("p", "number", 9, 2, 0, 1).zero_or_one
    )


def test_the_customer_has_most_values_and_the_month_fewest() -> None:
    seen = [ColumnValues("branch", "integer", 90, 12, 1, 12), *KEYS, ColumnValues("born", "date", 90, 30)]
    assert (customer_of(seen), month_of(seen)) == ("who", "when")
    assert month_of([ColumnValues("joined_on", "date", 90, 1), ColumnValues("gone", "date", 0, 0), *KEYS]) == "when"
