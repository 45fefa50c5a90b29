"""Reasons in words: the texts of a set, with months and products named in the language asked for.

A code is a name, or `name:value`. In the text of the name, `{product}` stands for the name of the product
`value`, `{month}` for the month `value` (`2016-02`, or `06` for June of any year), `{value}` for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
}
_YEARS = {"en": "{month} {year}", "es": "{month} de {year}"}
_MONTH = re.compile(r"(?:(\d{4})-)?(0[1-9]|1[0-2])")


class ReasonTexts:
    """Texts of reason codes in each language; each code is put into words once."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]], products: Mapping[str, Mapping[str, str]]) -> None:
        """`texts`: by name and language; `products`: names by language and item id."""
        self._texts, self._products = texts, products
        self._made: dict[tuple[str, str], str] = {}

    def text(self, code: str, language: str) -> str:
        """The text of a code; of one that the set has no text for, its name."""
        known = self._made.get((code, language))
        if known is None:
            known = self._made[code, language] = self._make(code, language)
        return known

    def _make(self, code: str, language: str) -> str:
        name, _, value = code.partition(":")
        text = self._texts.get(name, {}).get(language, name)
        text = text.replace("{product}", self._products[language].get(value, value))
        return text.replace("{month}", month_name(value, language)).replace("{value}", value)


def month_name(value: str, language: str) -> str:
    """`February 2016` for `2016-02`, `June` for `06`; what is no month stays as it is."""
    found = _MONTH.fullmatch(value)
    if found is None:
        return value
    year, month = found.group(1), _MONTHS[language][int(found.group(2)) - 1]
    return _YEARS[language].format(month=month, year=year) if year else month
