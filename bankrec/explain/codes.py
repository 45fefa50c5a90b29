"""Reason codes: the fixed list of what may be said of a recommendation, in English and Spanish.

A code is a name, or `name:value`; in a text `{product}`, `{month}` and `{value}` stand for the value: a
product's name, a month (`2016-02`, or `06` for June of any year), the value itself. Each text is a
statement that is true or false; `reasons` says when it is given, `group_rates` what "more often" means.
"""

from __future__ import annotations

from calendar import month_name
from collections.abc import Sequence
from datetime import date

from bankrec.bank.bands import CELL_AGES, REASON_TENURES
from bankrec.bank.products import BIT, PRODUCT_COLUMNS, PRODUCTS
from bankrec.holdings import SEGMENTS

TEXTS: dict[str, dict[str, str]] = {
    "held_until": {"en": "had it until {month}", "es": "lo tuvo hasta {month}"},
    "payroll_arrives": {
        "en": "{product} arrives here: customers with it add this more often",
        "es": "{product} llega a este banco: quienes la tienen añaden esto más a menudo",
    },
    "holds": {
        "en": "has {product}: customers with it add this more often",
        "es": "tiene {product}: los clientes que lo tienen añaden esto más a menudo",
    },
    "took": {
        "en": "took {product} last month: customers who do add this more often the month after",
        "es": "contrató {product} el último mes: quienes lo hacen añaden esto más a menudo al mes siguiente",
    },
    "lost": {
        "en": "gave up {product} last month: customers who do add this more often the month after",
        "es": "dejó {product} el último mes: quienes lo hacen añaden esto más a menudo al mes siguiente",
    },
    "age": {
        "en": "customers aged {value} add it more often than others",
        "es": "los clientes de {value} años lo añaden más a menudo que los demás",
    },
    "segment": {
        "en": "{value} customers add it more often than others",
        "es": "los clientes del segmento {value} lo añaden más a menudo que los demás",
    },
    "tenure": {
        "en": "customers for {value} years add it more often than others",
        "es": "los clientes con {value} años de antigüedad lo añaden más a menudo que los demás",
    },
    "inactive": {
        "en": "customers who are not active add it more often than active ones",
        "es": "los clientes no activos lo añaden más a menudo que los activos",
    },
    "active": {
        "en": "active customers add it more often than those who are not",
        "es": "los clientes activos lo añaden más a menudo que los no activos",
    },
    "many_in_month": {"en": "many add it in {month}", "es": "muchos lo añaden en {month}"},
    "alike_one_in": {
        "en": "of customers of the same segment and age band without it a year ago,"
        " at least one in {value} has added it since",
        "es": "de los clientes del mismo segmento y tramo de edad que no lo tenían hace un año,"
        " al menos uno de cada {value} lo ha añadido desde entonces",
    },
    "all_one_in": {
        "en": "of all customers without it a year ago, at least one in {value} has added it since",
        "es": "de todos los clientes que no lo tenían hace un año,"
        " al menos uno de cada {value} lo ha añadido desde entonces",
    },
    "often_added": {
        "en": "among the five products added most in the last three months",
        "es": "entre los cinco productos más añadidos en los últimos tres meses",
    },
}
PAYROLL = ("ind_nomina_ult1", "ind_nom_pens_ult1")
# One in how many, rounded up to one of these: so it is true, and the list of codes stays short.
ONE_IN = (
    *(2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100),
    *(120, 150, 200, 250, 300, 400, 500, 600, 800, 1_000),
)


class Codes:
    """All codes for an as-of month, in a fixed order; `start[kind]` is the place of the first of a kind."""

    def __init__(self, months: Sequence[date]) -> None:
        """`months`: those in which a product may have been held last."""
        holds = [f"{'payroll_arrives' if item in PAYROLL else 'holds'}:{item}" for item in PRODUCT_COLUMNS]
        kinds: dict[str, list[str]] = {
            "holds": holds,
            "took": [f"took:{item}" for item in PRODUCT_COLUMNS],
            "lost": [f"lost:{item}" for item in PRODUCT_COLUMNS],
            "age": [f"age:{name}" for name in CELL_AGES.names],
            "segment": [f"segment:{name or 'UNKNOWN'}" for name in SEGMENTS],  # unknown is never told
            "tenure": [f"tenure:{name}" for name in REASON_TENURES.names],
            "active": ["inactive", "active"],
            "many_in_month": [f"many_in_month:{month:02}" for month in range(1, 13)],
            "alike_one_in": [f"alike_one_in:{n}" for n in ONE_IN],
            "all_one_in": [f"all_one_in:{n}" for n in ONE_IN],
            "often_added": ["often_added"],
            "held_until": [f"held_until:{month:%Y-%m}" for month in months],
        }
        self.names: tuple[str, ...] = tuple(code for codes in kinds.values() for code in codes)
        self.start: dict[str, int] = {}
        for kind, codes in kinds.items():
            self.start[kind] = self.names.index(codes[0])


def english(code: str) -> str:
    """A code in English words, for notebooks; the service puts codes into words in both languages."""
    name, _, value = code.partition(":")
    text = TEXTS[name]["en"].replace("{value}", value)
    if "{product}" in text:
        return text.replace("{product}", PRODUCTS[BIT[value]].english)
    if "{month}" not in text:
        return text
    year, _, month = value.rpartition("-")
    return text.replace("{month}", f"{month_name[int(month)]} {year}".strip())
