"""Reasons in words, in both languages."""

import pytest

from serving.sets.bank import Bank
from serving.sets.reason_texts import ReasonTexts
from tests.services.made_sets import SANTANDER

TEXTS = {
    "held_until": {"en": "had it until {month}", "es": "lo tuvo hasta {month}"},
    "many_in_month": {"en": "many acquire it in {month}", "es": "muchos lo contratan en {month}"},
    "holds": {"en": "has {product}", "es": "tiene {product}"},
    "age": {"en": "customers aged {value}", "es": "clientes de {value} años"},
    "active": {"en": "is active", "es": "es activo"},
}
PRODUCTS = {"en": {"ind_nomina_ult1": "Payroll"}, "es": {"ind_nomina_ult1": "Nómina"}}


@pytest.mark.parametrize(
    ("code", "english", "spanish"),
    [
        ("held_until:2016-02", "had it until February 2016", "lo tuvo hasta febrero de 2016"),
        ("many_in_month:06", "many acquire it in June", "muchos lo contratan en junio"),
        ("held_until:2016-13", "had it until 2016-13", "lo tuvo hasta 2016-13"),
        ("holds:ind_nomina_ult1", "has Payroll", "tiene Nómina"),
        ("holds:ind_new_ult1", "has ind_new_ult1", "tiene ind_new_ult1"),
        ("age:18-21", "customers aged 18-21", "clientes de 18-21 años"),
        ("active", "is active", "es activo"),
        ("strange:value", "strange", "strange"),
    ],
)
def test_a_code_in_words(code: str, english: str, spanish: str) -> None:
    texts = ReasonTexts(TEXTS, PRODUCTS, Bank.model_validate(SANTANDER.block).languages)
    for _ in range(2):
        assert (texts.text(code, "en"), texts.text(code, "es")) == (english, spanish)
