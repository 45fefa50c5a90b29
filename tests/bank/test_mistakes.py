"""Mistakes in the form of a description: each is one line with its place and what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from descriptions import LEAVE_OUT, SMALL, changed, error_line
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.bank.mistakes import fields_at, mistakes, place_of
from bankrec.errors import InputError

WRONG: dict[str, tuple[tuple[str, Any], str]] = {
    "unknown key": (("curency", "EUR"), "bank.toml: curency is not an entry here: did you mean currency?"),
    "unknown key of a product": (
        ("products.2.grop", "x"),
        "products 3 (loan): grop is not an entry here: did you mean",
    ),
    "key of elsewhere": (
        ("states.0.personal", True),
        "states 1 (tier): personal is not an entry here: remove it; the ent",
    ),
    "unknown key of bands": (
        ("profile.0.bands.edge", [1]),
        "profile 1 (age), bands: edge is not an entry here: did you",
    ),
    "missing": (("currency", LEAVE_OUT), "bank.toml: currency is missing (three letters, as `EUR`)"),
    "missing in a product": (("products.1.group", LEAVE_OUT), "products 2 (card): group is missing (kind of product;"),
    "missing id": (("products.1.id", LEAVE_OUT), "products 2: id is missing (column of the snapshots, and item_id"),
    "missing names": (("products.1.names", LEAVE_OUT), "products 2 (card): names is missing (name in each language"),
    "missing kind": (
        ("profile.1.kind", LEAVE_OUT),
        "profile 2 (branch): kind is missing (`category`, `number`, `date`",
    ),
    "number for text": (("customer", 5), "bank.toml: customer: must be text in quotes, not 5"),
    "text for a list": (("languages", "en"), "bank.toml: languages: must be a list in [ ], not 'en'"),
    "text for a number": (
        ("products.2.from_age", "18"),
        "products 3 (loan), from_age: must be a whole number, not '18'",
    ),
    "flag for a number": (("products.2.from_age", True), "from_age: must be a whole number, not true"),
    "part of a year": (("products.2.from_age", 17.5), "from_age: must be a whole number, not 17.5"),
    "text for a flag": (("products.2.never_offer", "maybe"), "never_offer: must be true or false, not 'maybe'"),
    "text for an edge": (("profile.0.bands.edges", ["old"]), "bands, edges 1: must be a number, not 'old'"),
    "no number": (("profile.0.bands.edges", [float("nan")]), "bands, edges 1: must be a number, not nan"),
    "no edges": (("profile.0.bands.edges", []), "bands, edges: needs at least 1 entries, not 0"),
    "name for names": (("products.0.names", "Account"), "names: must be a table, as { en = \"...\" }, not 'Account'"),
    "text for a product": (("products.1", "card"), "products 2: must be a table, as { name = ... }, not 'card'"),
    "single brackets": (("products", {"id": "a"}), "products: each is a table of its own: write [[products]] in two"),
    "one product": (("products", SMALL["products"][:1]), "products: needs at least 2 entries, not 1"),
    "no such kind": (("profile.1.kind", "text"), "kind: must be 'category', 'number', 'date' or 'flag', not 'text'"),
    "no such role": (("profile.1.role", "income"), "role: must be 'age', 'joined' or 'deceased', not 'income'"),
    "no such step": (("month_step", 3), "month_step: must be 1, not 3"),
    "too old": (("products.2.until_age", 200), "until_age: must be at most 120, not 200"),
    "too young": (("products.2.from_age", 0), "from_age: must be at least 1, not 0"),
    "accents": (
        ("products.0.id", "crédito"),
        "id: can be letters without accents, digits, _ . and -, with a letter or d",
    ),
    "capitals": (
        ("profile.1.name", "Branch"),
        "name: can be small letters without accents, digits and _, with a letter",
    ),
    "name of the bank": (
        ("name", "Our Bank"),
        "name: can be small letters without accents, digits, _ and -, with a let",
    ),
    "sign of a currency": (("currency", "€"), "currency: can be three capital letters, as EUR, not '€'"),
    "name of a language": (
        ("languages", ["English"]),
        "languages 1: 'English' is not the code of a language, as en or",
    ),
    "long id": (("products.0.id", "a" * 65), "id: can have at most 64 characters, not 65"),
    "empty id": (("products.0.id", ""), "products 1, id: must not be empty"),
    "empty name": (("products.0.names.en", ""), "products 1 (account), names, en: must not be empty"),
    "empty column": (("month", ""), "month: must not be empty"),
    "part of a value": (
        ("states.0.values", ["A", 1.5]),
        "states 1 (tier), values 2: must be text or a whole number, not",
    ),
    "one name of two": (("states.1.names", ["no"]), "states 2 (app), names: needs at least 2 entries"),
    "three names of two": (("states.1.names", ["a", "b", "c"]), "names: can have at most 2 entries, not 3"),
    "months": (
        ("own_languages.pt.months", ["janeiro"]),
        "own_languages, pt, months: needs at least 12 entries, not 1",
    ),
    "code of months": (
        ("own_languages.PT", {"months": ["m"] * 12}),
        "own_languages, PT: 'PT' is not the code of a langua",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_mistake_is_one_line_with_its_place_and_what_to_do(kind: str) -> None:
    change, expected = WRONG[kind]
    assert expected in error_line(change)


def test_other_mistakes_are_counted_and_listed() -> None:
    content = changed(("curency", "EUR"), ("products.2.from_age", "18"), ("products.1.group", LEAVE_OUT))
    with pytest.raises(InputError, match=r"\(2 more: `python -m bankrec bank check` lists them\)$"):
        bank_from(content, "bank.toml")
    with pytest.raises(ValidationError) as raised:
        Bank.model_validate(content)
    assert [line.split(":")[0] for line in mistakes(raised.value, content, Bank)] == [
        "products 2 (card)",
        "products 3 (loan), from_age",
        "curency is not an entry here",
    ]


def test_each_problem_of_a_whole_bank_is_a_line() -> None:
    content = changed(("products.1.comes_with", "none"), ("products.1.names", {"es": "Tarjeta"}))
    with pytest.raises(ValidationError) as raised:
        Bank.model_validate(content)
    assert len(mistakes(raised.value, content, Bank)) == 2


def test_places_name_entries_by_their_id() -> None:
    assert place_of(SMALL, ("products", 2, "until_age")) == "products 3 (loan), until_age"
    assert place_of(SMALL, ("profile", 0, "bands", "edges", 1)) == "profile 1 (age), bands, edges 2"
    assert place_of(SMALL, ("products", 9)) == "products 10"
    assert place_of(SMALL, ()) == ""


def test_fields_of_a_place() -> None:
    assert "until_age" in fields_at(Bank, ("products", 2))
    assert set(fields_at(Bank, ("profile", 0, "reason_bands"))) == {"edges", "names"}
    assert set(fields_at(Bank, ("own_languages", "pt"))) == {"months", "month_and_year"}
    assert fields_at(Bank, ("texts", "holds")) == {}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = sorted(
    [*SMALL, *(f"products.2.{key}" for key in ("id", "names", "group", "from_age", "reason", "names.en", "nonsense"))]
    + [f"states.0.{key}" for key in ("name", "column", "kind", "values", "same_as", "yes", "names", "texts", "segment")]
    + [
        f"profile.0.{key}"
        for key in ("role", "missing", "groups", "bands", "bands.edges", "largest", "texts", "values")
    ]
    + ["features.0.bands", "features.1.values", "own_languages", "texts", "texts.holds", "adapter", "month_step"]
)


@given(place=st.sampled_from(PLACES), value=anything)
def test_whatever_stands_anywhere_is_a_bank_or_one_line(place: str, value: Any) -> None:
    try:
        bank = bank_from(changed((place, value)), "bank.toml")
    except InputError as error:
        line = str(error)
        assert line.startswith("bank.toml: ") and len(line.splitlines()) == 1 and line.isprintable(), line
        assert "Input should" not in line and "pydantic" not in line.lower(), line
    else:
        assert Bank.model_validate(json.loads(json.dumps(bank.as_dict()))) == bank
