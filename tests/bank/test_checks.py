"""What a whole description must keep: each fault is one line that says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import LEAVE_OUT, error_line, small

from bankrec.bank.checks import problems
from bankrec.bank.description import Bank

ACCOUNT = {"names": {"en": "Other account"}, "group": "accounts"}
REGION = {"name": "region", "column": "region", "kind": "category", "by_month": True}
TEXT = {"app": {"en": "uses the app"}}
WRONG: dict[str, tuple[list[tuple[str, Any]], str]] = {
    "product twice": ([("products.3", {"id": "loan", **ACCOUNT})], "two products have the id loan: give each an id of"),
    "state as a product": ([("states.1.name", "loan")], "two things are called loan: products, states, profile column"),
    "feature as a state": ([("features.0.name", "tier")], "two things are called tier"),
    "built-in feature": ([("features.0.name", "months")], "months is the name of a built-in feature: choose another"),
    "column twice": ([("profile.1.column", "tier")], "column tier is used twice: each column has one meaning"),
    "column as a product": ([("states.1.column", "card")], "column card is used twice"),
    "month as customer": ([("month", "customer")], "column customer is used twice"),
    "unknown as month": ([("holdings_unknown", "month")], "column month is used twice"),
    "imputed as a product": ([("profile.0.imputed", "card")], "column card is used twice"),
    "comes with nothing": ([("products.1.comes_with", "acount")], "product card: comes_with names acount, which is no"),
    "comes with itself": ([("products.1.comes_with", "card")], "product card comes with itself: name another product"),
    "comes in a row": ([("products.2.comes_with", "card")], "product loan comes with card, which has a comes_with too"),
    "no age": ([("profile.0.role", LEAVE_OUT)], 'product loan needs an age: give a profile column role = "age", or'),
    "minors without age": (
        [("profile.0.role", LEAVE_OUT), ("products.2", {"id": "x", **ACCOUNT, "not_for_minors_unless_seen": True})],
        "product x needs an age",
    ),
    "nothing offered": ([(f"products.{at}.never_offer", True) for at in range(3)], "every product has never_offer"),
    "two ages": (
        [("profile.3", {"name": "x", "column": "x", "kind": "number", "role": "age", "by_month": True, "largest": 9,
                        "in_models": False})],
        "two profile columns have the role age: remove it from one of them",
    ),
    "two segments": (
        [("states.2", {"name": "x", "column": "x", "kind": "category", "values": [1], "segment": True})],
        "two states have segment = true: remove it from one of them",
    ),
    "too many bits": (
        [("products", [{"id": f"p{at}", "names": {"en": f"P {at}"}, "group": "x"} for at in range(48)]),
         ("states.2", {"name": "x", "column": "x", "kind": "category", "values": list(range(2**11))})],
        "products and states take 63 bits, at most 61 fit: remove states or some of their values",
    ),
    "too many bits by month": (
        [(f"profile.{at}", {"name": f"n{at}", "column": f"n{at}", "kind": "number", "by_month": True,
                            "largest": 2**20 - 2, "in_models": False}) for at in (3, 4, 5)],
        "profile columns stored by month take 67 bits, at most 63 fit: lower a `largest`, or remove values or a by_mo",
    ),
    "no such language": ([("languages", ["en", "pt"])], "language pt is not built in: give its months, as [own_langua"),
    "language twice": ([("languages", ["en", "en"])], "language en is listed twice in languages: list it once"),
    "no name": ([("languages", ["en", "es"])], 'product account has no name in es: add es = "..." to its names'),
    "alike": ([("products.1.names.en", "Loan")], "products card and loan are both called 'Loan' in en: give each a na"),
    "no text in a language": (
        [("languages", ["es"]), *((f"products.{at}.names.es", str(at)) for at in range(3)), ("states.1.texts", TEXT)],
        'reason app has no text in es: give it, as texts.app.es = "..."',
    ),
    "reason without text": ([("products.0.reason", "salary")], 'reason salary has no text: give it, as texts.salary.e'),
    "wrong braces": ([("texts.holds.en", "{produkt} is here")], "text of the reason holds in en: {produkt} is not kno"),
    "open brace": ([("texts.holds.en", "has {product")], "text of the reason holds in en: an opening or a closing br"),
    "reason twice": ([("states.1.texts", TEXT), ("states.0.texts", TEXT)], "two reasons are called app: give each a c"),
    "built-in reason": ([("states.1.texts", {"holds": {"en": "x"}})], "two reasons are called holds"),
    "month and year": (
        [("own_languages.pt", {"months": ["m"] * 12, "month_and_year": "{mes} de {year}"})],
        "own_languages.pt.month_and_year: {mes} is not known; allowed in braces: {month} and {year}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_bank_is_one_line_that_says_what_to_do(kind: str) -> None:
    changes, expected = WRONG[kind]
    assert f"bank.toml: {expected}" in error_line(*changes)


def test_a_whole_bank_has_no_problems() -> None:
    assert list(problems(small())) == []


def test_bits_are_counted_to_the_last(at_most: int = 61) -> None:
    """48 products and a state of 2**13 - 1 values, with `other` 13 bits: that is 61."""
    products = [{"id": f"p{at}", "names": {"en": f"P {at}"}, "group": "x"} for at in range(48)]
    state = {"name": "x", "column": "x", "kind": "category"}

    def bank(values: int) -> Bank:
        return small(("products", products), ("states", [state | {"values": list(range(values))}]))

    widest = bank(2**13 - 1)
    assert widest.n + widest.state_fields["x"].bits == at_most
    with pytest.raises(ValueError, match="take 62 bits"):
        bank(2**13)


def test_a_text_in_one_language_keeps_the_built_in_ones_in_the_others() -> None:
    bank = small(("texts.holds.en", "owns {product}"))
    assert bank.reason_texts["holds"] == {"en": "owns {product}", "es": bank.reason_texts["holds"]["es"]}
