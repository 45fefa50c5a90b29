"""Checks of a description as a whole: the names it refers to are known, and its codes fit into the bits of a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bankrec.bank.description import Bank

MOST_BITS = 61  # of products and states in the word of a month; two more say whether the customer is present
STATED_BITS = 63  # of the profile columns that are stored by month, in a word of their own
RESERVED = ("observed", "holds", "lost", "added", "months", "activity", "took", "user_id")
PLACEHOLDERS = ("product", "month", "value")  # in the texts of reasons


def problems(bank: Bank) -> Iterator[str]:
    """The errors of `bank`, a line each: what is wrong and what to do."""
    yield from _names(bank)
    yield from _columns(bank)
    yield from _roles(bank)
    yield from _bits(bank)
    yield from _languages(bank)
    yield from _texts(bank)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _names(bank: Bank) -> Iterator[str]:
    names = [*(part.name for part in bank.columns), *(feature.name for feature in bank.features)]
    for again in _twice(bank.ids):
        yield f"two products have the id {again}: give each an id of its own"
    for again in _twice([*set(bank.ids), *names]):
        yield f"two things are called {again}: products, states, profile columns and features need names of their own"
    for name in names:
        if name in RESERVED:
            yield f"{name} is the name of a built-in feature: choose another name"


def _columns(bank: Bank) -> Iterator[str]:
    beside = [bank.holdings_unknown, *(name for part in bank.profile for name in (part.imputed, part.months_column))]
    main = [bank.customer, bank.month, *set(bank.ids)]
    for again in _twice([*main, *(part.column for part in bank.columns)]):
        yield f"column {again} is used twice: each column has one meaning"
    for name in beside:
        if name is not None and name in main:
            yield f"column {name} is used twice: each column has one meaning"


def _roles(bank: Bank) -> Iterator[str]:
    for product in bank.products:
        asks = product.until_age or product.from_age or product.not_for_minors_unless_seen
        if asks and bank.with_role("age") is None:
            yield f'product {product.id} needs an age: give a profile column role = "age", or leave the age out'
    yield from _pairs(bank)
    if all(product.never_offer for product in bank.products):
        yield "every product has never_offer = true: remove it from the products that may be recommended"
    for role in ("age", "joined", "deceased"):
        if sum(column.role == role for column in bank.profile) > 1:
            yield f"two profile columns have the role {role}: remove it from one of them"
    for name in ("segment", "activity"):
        if sum(getattr(state, name) for state in bank.states) > 1:
            yield f"two states have {name} = true: remove it from one of them"


def _pairs(bank: Bank) -> Iterator[str]:
    needs = {product.id: product.comes_with for product in bank.products if product.comes_with is not None}
    for item, need in needs.items():
        if need == item:
            yield f"product {item} comes with itself: name another product in comes_with, or leave it out"
        elif need not in bank.bit:
            yield f"product {item}: comes_with names {need}, which is not a product: write the id of one"
        elif need in needs:
            yield f"product {item} comes with {need}, which has a comes_with too: remove one of the two entries"


def _bits(bank: Bank) -> Iterator[str]:
    bits = bank.n + sum((state.size - 1).bit_length() for state in bank.states)
    if bits > MOST_BITS:
        yield f"products and states take {bits} bits, at most {MOST_BITS} fit: remove states or some of their values"
    stated = sum(field.bits for field in bank.stated_fields.values())
    if stated > STATED_BITS:
        yield (
            f"profile columns stored by month take {stated} bits, at most {STATED_BITS} fit: lower a `largest`, or "
            "remove values or a by_month"
        )


def _languages(bank: Bank) -> Iterator[str]:
    for again in _twice(bank.languages):
        yield f"language {again} is listed twice in languages: list it once"
    for code in dict.fromkeys(bank.languages):
        if code not in bank.known_languages:
            yield f"language {code} is not built in: give its months, as [own_languages.{code}] months = [twelve names]"
        for product in bank.products:
            if code not in product.names:
                yield f'product {product.id} has no name in {code}: add {code} = "..." to its names'
        for name, items in _alike(bank, code):
            yield f"products {' and '.join(items)} are both called {name!r} in {code}: give each a name of its own"
    for code, language in bank.own_languages.items():
        if wrong := _wrong_placeholder(language.month_and_year, ("month", "year")):
            yield f"own_languages.{code}.month_and_year: {wrong}"


def _alike(bank: Bank, code: str) -> Iterator[tuple[str, list[str]]]:
    for name in _twice(product.names[code] for product in bank.products if code in product.names):
        yield name, [product.id for product in bank.products if product.names.get(code) == name][:2]


def _texts(bank: Bank) -> Iterator[str]:
    for code in dict.fromkeys(bank.languages):
        for reason, by_language in bank.reason_texts.items():
            if code not in by_language:
                yield f'reason {reason} has no text in {code}: give it, as texts.{reason}.{code} = "..."'
    for strange in {product.reason: None for product in bank.products if product.reason not in bank.reason_texts}:
        yield f'reason {strange} has no text: give it, as texts.{strange}.{bank.languages[0]} = "..."'
    for reason, by_language in bank.reason_texts.items():
        for code, text in by_language.items():
            if wrong := _wrong_placeholder(text, PLACEHOLDERS):
                yield f"text of the reason {reason} in {code}: {wrong}"
    codes = [reason for part in bank.columns for reason in part.texts]
    for again in _twice([*codes, *{*bank.shared_texts, *bank.texts}]):
        yield f"two reasons are called {again}: give each a code of its own"


def _wrong_placeholder(text: str, allowed: tuple[str, ...]) -> str | None:
    """The error in the braces of a text; None where there is none."""
    names = " and ".join(f"{{{name}}}" for name in allowed)
    try:
        fields = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return f"an opening or a closing brace is missing; allowed in braces: {names}"
    if strange := [name for name, form, conversion in (part[1:] for part in fields) if name not in allowed or form]:
        return f"{{{strange[0]}}} is not known; allowed in braces: {names}"
    return None
