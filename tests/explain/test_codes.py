"""Reason codes: texts in both languages, and codes in words."""

from __future__ import annotations

from string import Formatter

import pytest

from bankrec.config import ReasonConfig
from bankrec.explain.codes import PAYROLL, TEXTS, Codes, english
from tests.histories import months


def test_every_code_has_texts_in_both_languages() -> None:
    codes = Codes(months(14))
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
        ("many_in_month:06", "many add it in June"),
        ("age:18-21", "customers aged 18-21 add it more often than others"),
        ("payroll_arrives:ind_nomina_ult1", "Payroll arrives here: customers with it add this more often"),
        ("active", "active customers add it more often than those who are not"),
    ],
)
def test_a_code_in_english(code: str, text: str) -> None:
    assert english(code) == text
