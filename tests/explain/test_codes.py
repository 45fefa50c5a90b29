"""Reason codes: texts in both languages, and codes in words."""

from __future__ import annotations

from string import Formatter

import pytest

from bankrec.config import ReasonConfig
from bankrec.explain.codes import Codes, in_words, texts
from tests.histories import months
from tests.other_bank import BARE, OTHER
from tests.santander import BANK

PAYROLL = ("ind_nomina_ult1", "ind_nom_pens_ult1")
TEXTS = texts(BANK)


def test_every_code_has_texts_in_both_languages() -> None:
    codes = Codes(BANK, months(14))
    assert len(set(codes.names)) == len(codes.names)
    assert len(codes.names) ** 2 < 65_535, "a service keeps lists of codes in two bytes"
    for code in codes.names:
        name, _, value = code.partition(":")
        assert set(TEXTS[name]) == {"en", "es"}
        for text in TEXTS[name].values():
            fields = {field for _, field, _, _ in Formatter().parse(text) if field}
            assert fields <= {"product", "month", "value"} and bool(fields) == bool(value), code
    assert set(TEXTS) == {code.partition(":")[0] for code in codes.names}
    assert all(f"payroll_arrives:{item}" in codes.names for item in PAYROLL)


def test_what_is_added_often_is_counted_as_its_text_says() -> None:
    numbers = {3: ("three", "tres"), 5: ("five", "cinco")}
    for language, text in enumerate(TEXTS["often_added"].values()):
        products, months = (numbers[count][language] for count in (ReasonConfig.often, ReasonConfig.lately))
        assert text.index(f" {products} ") < text.index(f" {months} ")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("held_until:2016-02", "had it until February 2016"),
        ("many_in_month:06", "many acquire it in June"),
        ("age:18-21", "customers aged 18-21 acquire it more often than others"),
        ("payroll_arrives:ind_nomina_ult1", "Payroll arrives here: customers with it acquire this more often"),
        ("active", "active customers acquire it more often than those who are not"),
    ],
)
def test_a_code_in_english(code: str, text: str) -> None:
    assert in_words(code, BANK) == text


def test_codes_of_other_banks_are_of_what_they_describe() -> None:
    """A number that may be missing has a code of its own for that, which is never shown."""
    names = Codes(OTHER, months(2)).names
    own = [code for code in names if code.partition(":")[0] in ("plan", "balance", "online")]
    assert own == [
        *("balance:UNKNOWN", "balance:low", "balance:middle", "balance:high"),
        *("online:no", "online"),
        *("plan:UNKNOWN", "plan:basic", "plan:gold"),
    ]
    assert set(Codes(BARE, months(2)).names) == set(names) - set(own), "nothing else but products, months and counts"
    assert all(set(by_language) == {"en"} for by_language in texts(OTHER).values()), "in the one language of the bank"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("plan:gold", "customers of the plan gold acquire it more often than others"),
        ("took:card", "took Credit card last month: customers who do acquire this more often the month after"),
    ],
)
def test_a_code_of_another_bank_in_words(code: str, text: str) -> None:
    assert in_words(code, OTHER) == text
