"""Reason codes: the fixed list of reasons that a recommendation of a bank may have, and their texts.

A code is a name, or `name:value`; in a text `{product}`, `{month}` and `{value}` stand for the value: a
product's name, a month (`2016-02`, or `06` for June of any year), the value itself. Each text is a
statement that is true or false; `reasons` defines when it is given, `group_rates` what "more often" means.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bankrec.bank.description import Bank, Texts
from bankrec.explain.groups import ONE_IN, reason_groups


def texts(bank: Bank) -> Texts:
    """Texts of all codes that may be given, by name and by language of the bank."""
    return {
        name: {code: by_language[code] for code in bank.languages} for name, by_language in bank.reason_texts.items()
    }


class Codes:
    """All codes for an as-of month, in a fixed order; `start[kind]` is the position of the first of a kind."""

    def __init__(self, bank: Bank, months: Sequence[date]) -> None:
        """`months`: the possible last months in which a product was held."""
        kinds: dict[str, list[str]] = {
            "holds": [f"{product.reason}:{product.id}" for product in bank.products],
            "took": [f"took:{item}" for item in bank.ids],
            "lost": [f"lost:{item}" for item in bank.ids],
            **{group.name: list(group.codes) for group in reason_groups(bank)},
            "many_in_month": [f"many_in_month:{month:02}" for month in range(1, 13)],
            "alike_one_in": [f"alike_one_in:{n}" for n in ONE_IN],
            "all_one_in": [f"all_one_in:{n}" for n in ONE_IN],
            "often_added": ["often_added"],
            "held_until": [f"held_until:{month:%Y-%m}" for month in months],
        }
        self.names: tuple[str, ...] = tuple(code for codes in kinds.values() for code in codes)
        self.start = {kind: self.names.index(codes[0]) for kind, codes in kinds.items()}


def in_words(code: str, bank: Bank) -> str:
    """A code in words of the bank's first language, for notebooks; the service has texts in all of them."""
    name, _, value = code.partition(":")
    language = bank.languages[0]
    text = texts(bank)[name][language].replace("{value}", value)
    if "{product}" in text:
        return text.replace("{product}", bank.catalogue.names[bank.bit[value]])
    if "{month}" not in text:
        return text
    year, _, month = value.rpartition("-")
    known = bank.language_names[language]
    named = known.months[int(month) - 1]
    return text.replace("{month}", known.month_and_year.format(month=named, year=year) if year else named)
