"""The rules of cleaning: what may be done to a value and why, and the notes taken of it.

A row's notes are one integer, `marks`, a bit for each rule; its 24 product flags are another, `flags`, two bits
a flag; its eight categories a third (`bankrec.cleaning.category_codes`). So what was dropped, filled and corrected is
counted without reading the raw text again.
"""

from __future__ import annotations

from dataclasses import dataclass

from bankrec.bank.description import UNKNOWN
from bankrec.santander.categories import CATEGORIES, CODES, HIGHEST_INCOME, OLDEST, OTHER, UNKNOWN_CODE
from bankrec.santander.columns import CUSTOMER, DROPPED, MONTH, N_PRODUCTS, PRODUCT_COLUMNS, RAW

YES_OR_NO = ("indresi", "indext", "indfall")  # S or N: other spellings of a flag are read as one of these

# Rows in which all of these are missing say nothing about the customer: 27,734 in the real file.
NEARLY_EMPTY = (
    "ind_empleado",
    "pais_residencia",
    "age",
    "fecha_alta",
    "ind_nuevo",
    "antiguedad",
    "indrel",
    "indresi",
    "indext",
    "indfall",
    "ind_actividad_cliente",
)


@dataclass(frozen=True)
class Rule:
    """One thing that cleaning does: `action` to `column`, with the reason in `why`.

    Actions: `row dropped`, `value dropped`, `corrected`, and `missing` or `unreadable`, where `why` says
    what replaces the value.
    """

    column: str
    action: str
    name: str
    why: str


_FILLS = {
    "age": "the month's median",
    "fecha_alta": "the snapshot's date: a customer without a join date is a new one",
    "antiguedad": "months from the join date to the snapshot",
    "indrel_1mes": "N",
    "tiprel_1mes": "N",
    "cod_prov": "the month's most frequent",
    "nomprov": "the month's most frequent",
    "renta": "the median of the month and province, marked in renta_imputed",
    "segmento": "the month's most frequent",
    **dict.fromkeys(CODES, f"a class of its own, {UNKNOWN_CODE}"),
}
DESCRIBED = tuple(name for name in RAW if name not in (MONTH, CUSTOMER, *DROPPED, *PRODUCT_COLUMNS))
_READ = ("age", "fecha_alta", "antiguedad", "cod_prov", "renta", *CODES)


def _rules() -> list[Rule]:
    rules = [
        Rule(CUSTOMER, "row dropped", "without_customer", "no customer number that can be read"),
        Rule(MONTH, "row dropped", "without_month", "no snapshot date that can be read"),
        Rule("row", "row dropped", "nearly_empty", f"all of {', '.join(NEARLY_EMPTY)} are missing"),
    ]
    reasons = ("present in 0.2% of rows", "present in 0.01% of rows", "constant: says nothing")
    rules += [Rule(name, "value dropped", "column_dropped", why) for name, why in zip(DROPPED, reasons, strict=True)]
    rules += [
        Rule("ind_empleado", "corrected", "spouse", "S, spouse of an employee (17 rows), is counted as P"),
        Rule("age", "corrected", "absurd", f"below 0 or above {OLDEST} years: the month's median"),
        Rule("fecha_alta", "corrected", "absurd", "before 1900 or after the snapshot's month: its date"),
        Rule("antiguedad", "corrected", "absurd", "negative, as -999999, or above a century: taken as missing"),
        Rule("indrel_1mes", "corrected", "spelling", "1.0 is the same relation as 1"),
        Rule("renta", "corrected", "absurd", f"not in 0 to {HIGHEST_INCOME:,.0f} EUR: taken as missing"),
        Rule("segmento", "corrected", "digits", "02 - PARTICULARES is PARTICULARES"),
        *(Rule(name, "corrected", "spelling", "yes, true and 1 are S; no, false and 0 are N") for name in YES_OR_NO),
    ]
    for name in DESCRIBED:
        rules.append(Rule(name, "missing", "missing", _FILLS.get(name, f"a class of its own, {UNKNOWN}")))
        if name in CATEGORIES:
            rules.append(Rule(name, "unreadable", "unknown_value", f"a class of its own, {OTHER}"))
        if name in _READ:
            rules.append(Rule(name, "unreadable", "unreadable", _FILLS[name]))
    return rules


RULES: tuple[Rule, ...] = tuple(_rules())
# What is noted of a category follows from its code.
MARKED = tuple(rule for rule in RULES if rule.column not in CATEGORIES)
BIT: dict[tuple[str, str], int] = {(rule.column, rule.name): bit for bit, rule in enumerate(MARKED)}
ROW_DROPPED = sum(1 << bit for bit, rule in enumerate(MARKED) if rule.action == "row dropped")

# Two bits a product flag: 0 not held, 1 held, 2 missing, 3 neither 0 nor 1; the last two count as not held.
FLAG_MISSING, FLAG_UNREADABLE = 2, 3
FLAG_UPPER_BITS = sum(2 << 2 * bit for bit in range(N_PRODUCTS))
FLAG_RULES = {
    FLAG_MISSING: ("missing", "0, not held; marked in flags_imputed"),
    FLAG_UNREADABLE: ("unreadable", "neither yes nor no: 0, not held; marked in flags_imputed"),
}
