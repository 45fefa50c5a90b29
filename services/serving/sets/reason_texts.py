"""Reasons in words: the texts of a set, with months and products named in the language asked for.

A code is a name, or `name:value`. In the text of the name, `{product}` stands for the name of the product
`value`, `{month}` for the month `value` (`2016-02`, or `06` for June of any year), `{value}` for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from serving.sets.bank import Language

_MONTH = re.compile(r"(?:(\d{4})-)?(0[1-9]|1[0-2])")


class ReasonTexts:
    """Texts of reason codes in each language; the text of each code is made once."""

    def __init__(
        self,
        texts: Mapping[str, Mapping[str, str]],
        products: Mapping[str, Mapping[str, str]],
        languages: Mapping[str, Language],
    ) -> None:
        """`texts`: by name and language; `products`: names by language and item id; `languages`: by their codes."""
        self._texts, self._products, self._languages = texts, products, languages
        self._made: dict[tuple[str, str], str] = {}

    def text(self, code: str, language: str) -> str:
        """The text of a code; its name if the set has no text for it."""
        known = self._made.get((code, language))
        if known is None:
            known = self._made[code, language] = self._make(code, language)
        return known

    def _make(self, code: str, language: str) -> str:
        name, _, value = code.partition(":")
        text = self._texts.get(name, {}).get(language, name)
        text = text.replace("{product}", self._products[language].get(value, value))
        return text.replace("{month}", month_name(value, self._languages[language])).replace("{value}", value)


def month_name(value: str, language: Language) -> str:
    """`February 2016` for `2016-02`, `June` for `06`; other text stays as it is."""
    match = _MONTH.fullmatch(value)
    if match is None:
        return value
    year, month = match.group(1), language.months[int(match.group(2)) - 1]
    return language.month_and_year.replace("{month}", month).replace("{year}", year) if year else month
