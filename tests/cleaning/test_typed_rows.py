"""Typed rows: every note that is taken of a row, on rows small enough to check by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from banks import Row, raw_table

from bankrec.cleaning.category_codes import noted
from bankrec.cleaning.rules import BIT, RULES
from bankrec.cleaning.typed_rows import typed
from bankrec.santander.categories import CATEGORIES
from bankrec.santander.columns import CUSTOMER, MONTH

NOTES: list[tuple[Row, set[tuple[str, str]]]] = [
    ({}, set()),
    ({"ind_empleado": "S"}, {("ind_empleado", "spouse")}),
    ({"indrel_1mes": "1.0"}, {("indrel_1mes", "spelling")}),
    ({"age": "164"}, {("age", "absurd")}),
    ({"age": "old"}, {("age", "unreadable")}),
    ({"age": " NA"}, {("age", "missing")}),
    ({"antiguedad": "-999999"}, {("antiguedad", "absurd")}),
    ({"renta": "28894395.51"}, {("renta", "absurd")}),
    ({"renta": None}, {("renta", "missing")}),
    ({"fecha_alta": "2015-02-30"}, {("fecha_alta", "unreadable")}),
    ({"sexo": "X"}, {("sexo", "unknown_value")}),
    ({"sexo": " NA"}, {("sexo", "missing")}),
    ({"tiprel_1mes": "Z", "indrel_1mes": " 3.0"}, {("tiprel_1mes", "unknown_value"), ("indrel_1mes", "spelling")}),
    ({"cod_prov": "0"}, {("cod_prov", "unreadable")}),
    ({"ind_nuevo": "2"}, {("ind_nuevo", "unreadable")}),
    ({"conyuemp": "N"}, {("conyuemp", "column_dropped")}),
    ({CUSTOMER: "12.5"}, {(CUSTOMER, "without_customer")}),
    ({MONTH: ""}, {(MONTH, "without_month"), ("fecha_alta", "absurd")}),
]


def test_what_is_done_is_noted(engine: Any) -> None:
    always = {("segmento", "digits"), ("tipodom", "column_dropped")}
    rows = engine.to_pandas(typed(raw_table(*(row for row, _ in NOTES))))
    notes = [{rule for rule, bit in BIT.items() if mark >> bit & 1} for mark in rows["marks"]]
    codes = rows["categories"].to_numpy()
    for rule in RULES:
        if rule.column in CATEGORIES:
            for at in np.flatnonzero(noted(codes, rule.column, rule.name)):
                notes[at].add((rule.column, rule.name))
    wrong = [(row, observed) for (row, rules), observed in zip(NOTES, notes, strict=True) if observed != always | rules]
    assert not wrong, f"row, rules noted: {wrong}"
