"""What a description must keep beyond the form of each of its parts: names that are known, bits that fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bankrec.bank.description import Bank

MOST_BITS = 61  # of products and states in the word of a month: two more say whether the customer is there
STATED_BITS = 63  # of what a month states of the person beside the word
RESERVED = ("observed", "holds", "lost", "added", "months", "activity", "took", "user_id")


def problems(bank: Bank) -> Iterator[str]:
    """What is wrong with `bank`, a line each."""
    yield from _names(bank)
    yield from _roles(bank)
    bits = bank.n + sum((state.size - 1).bit_length() for state in bank.states)
    if bits > MOST_BITS:
        yield f"products and states take {bits} bits, at most {MOST_BITS} fit: leave out states or values"
    stated = sum(field.bits for field in bank.stated_fields.values())
    if stated > STATED_BITS:
        yield f"profile columns kept by month take {stated} bits, at most {STATED_BITS} fit"
    yield from _languages(bank)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _names(bank: Bank) -> Iterator[str]:
    names = [part.name for part in (*bank.states, *bank.profile)] + [feature.name for feature in bank.features]
    if again := _twice(bank.ids):
        yield f"product {again[0]} stands twice"
    if again := _twice([*bank.ids, *names]):
        yield f"{again[0]} names two things: products, states, profile columns and features need names of their own"
    if taken := [name for name in names if name in RESERVED]:
        yield f"{taken[0]} is the name of a built-in feature: choose another one"
    columns = [bank.customer, bank.month, *bank.ids, *(part.column for part in (*bank.states, *bank.profile))]
    if again := _twice(columns):
        yield f"column {again[0]} is used twice"


def _roles(bank: Bank) -> Iterator[str]:
    for product in bank.products:
        if product.comes_with is not None and product.comes_with not in bank.bit:
            yield f"product {product.id}: comes_with names {product.comes_with}, which is not a product"
        if product.comes_with == product.id:
            yield f"product {product.id} comes with itself"
        asks = product.until_age or product.from_age or product.not_for_minors_unless_seen
        if asks and bank.with_role("age") is None:
            yield f'product {product.id} asks for an age: no profile column has role = "age"'
    for role in ("age", "joined", "deceased"):
        if sum(column.role == role for column in bank.profile) > 1:
            yield f"two profile columns have the role {role}"
    for name in ("segment", "activity"):
        if sum(getattr(state, name) for state in bank.states) > 1:
            yield f"two states are marked {name}"


def _languages(bank: Bank) -> Iterator[str]:
    for code in bank.languages:
        if code not in bank.known_languages:
            yield f"language {code} is not built in: give its months in own_languages.{code}"
        if lacking := [product.id for product in bank.products if not product.names.get(code)]:
            yield f"product {lacking[0]} has no name in {code}"
        for name, by_language in bank.known_texts.items():
            if code not in by_language:
                yield f"reason {name} has no text in {code}: give it in texts.{name}.{code}"
    of_parts = {name for part in (*bank.states, *bank.profile) for name in part.texts} - bank.texts.keys()
    of_products = bank.known_texts.keys() - of_parts
    if strange := [product.reason for product in bank.products if product.reason not in of_products]:
        yield f"no text is there for the reason {strange[0]}: give it in texts.{strange[0]}"
