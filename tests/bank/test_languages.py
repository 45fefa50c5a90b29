"""Languages and texts of reasons."""

from __future__ import annotations

import doctest

import pytest
from descriptions import small
from pydantic import ValidationError

from bankrec.bank import languages
from bankrec.bank.languages import Language, built_in_languages, built_in_texts


def test_the_examples_hold() -> None:
    assert doctest.testmod(languages).failed == 0


def test_built_in_languages_have_twelve_months_and_every_text() -> None:
    assert set(built_in_languages()) == {"en", "es"}
    for code, language in built_in_languages().items():
        assert len(set(language.months)) == 12
        assert language.month_and_year.format(month=language.months[0], year=2016)
        assert all(by_language[code] for by_language in built_in_texts().values())


def test_a_bank_brings_a_language_with_its_months_and_texts() -> None:
    months = tuple(f"mês {number}" for number in range(1, 13))
    texts = {reason: {"pt": f"pt {reason}"} for reason in built_in_texts()}
    names = [(f"products.{at}.names.pt", f"Produto {at}") for at in range(3)]
    bank = small(("languages", ["en", "pt"]), ("own_languages.pt.months", months), ("texts", texts), *names)
    assert bank.language_names["pt"] == Language(months=months)
    assert list(bank.language_names) == ["en", "pt"]
    assert [product.names["pt"] for product in bank.products] == ["Produto 0", "Produto 1", "Produto 2"]
    assert bank.reason_texts["holds"]["pt"] == "pt holds" and "en" in bank.reason_texts["holds"]


def test_eleven_months_are_none() -> None:
    with pytest.raises(ValidationError):
        Language(months=("m",) * 11)
