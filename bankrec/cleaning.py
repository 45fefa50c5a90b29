"""Cleaning: raw months of text to clean snapshots, each decision one expression with its reason.

Two steps, both Ibis expressions that run on DuckDB and on Spark. `typed` looks at one row alone: text
to types, spellings to one spelling, what can't be kept to null, and a note of it in `marks`.
`completed` fills what is missing from rows of the same month, never of another: a month cleaned alone
and a month cleaned with others come out the same.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from bankrec.columns import CLEAN, CUSTOMER, MONTH
from bankrec.products import PRODUCT_COLUMNS

UNKNOWN = "UNKNOWN"  # the class of its own of a missing category
UNKNOWN_CODE = -1  # the same for categories that are whole numbers
OLDEST = 120  # years; the real file goes up to 164, which no customer reached
HIGHEST_INCOME = 10_000_000.0  # EUR a year; the real median is 101,850, five log-normal SDs below this

_TEXTS = ("pais_residencia", "sexo", "indresi", "indext", "canal_entrada", "indfall", "nomprov")
_CODES = ("ind_nuevo", "indrel", "ind_actividad_cliente")

# What `marks` notes of a row, a bit each: rule -> what was done.
RULES: dict[str, str] = {
    "row_nearly_empty": "dropped: employment, age, join date, novelty and relation are all missing",
    "row_without_customer": "dropped: the customer number or the month is missing or unreadable",
    "ind_empleado_spouse": "S (spouse of an employee, 17 rows) counted as P (passive employee)",
    "indrel_1mes_spelling": "1.0 and 1 are the same relation: written 1",
    "segmento_digits": "digits taken off: 02 - PARTICULARES is PARTICULARES",
    "age_absurd": f"below 0 or above {OLDEST} years or unreadable: the month's median",
    "antiguedad_absurd": "negative (as -999999) or unreadable: months from the join date to the snapshot",
    "renta_absurd": f"not above 0, above {HIGHEST_INCOME:,.0f} EUR or unreadable: taken as missing",
    "fecha_alta_unreadable": "not a date: the snapshot's date",
    "flags_unreadable": "a product flag that is neither 0 nor 1: taken as missing",
    "code_unreadable": "not a whole number in a coded column: a class of its own",
}
_BIT = {rule: bit for bit, rule in enumerate(RULES)}


def typed(raw: Any) -> Any:
    """Rows of text (`columns.RAW`) to typed rows with nulls, and `marks`, an int32 of what was noted.

    No row is dropped here: rows that must go are marked (`kept` filters them).
    """
    text = {name: _text(raw[name]) for name in raw.columns}
    number = {name: text[name].try_cast("float64") for name in ("age", "antiguedad", "renta")}
    code = {name: text[name].try_cast("float64") for name in (*_CODES, "cod_prov")}
    flag = {name: text[name].try_cast("float64") for name in PRODUCT_COLUMNS}
    month, customer = text[MONTH].try_cast("date"), text[CUSTOMER].try_cast("float64").cast("int64")
    joined = text["fecha_alta"].try_cast("date")

    age_kept = number["age"].between(0, OLDEST)
    tenure_kept = number["antiguedad"].between(0, 1_200)
    income_kept = (number["renta"] > 0) & (number["renta"] <= HIGHEST_INCOME)
    flag_kept = {name: flag[name].isin([0.0, 1.0]) for name in PRODUCT_COLUMNS}
    code_kept = {name: code[name].between(0, 127) for name in code}

    empty = ("ind_empleado", "age", "fecha_alta", "ind_nuevo", "indrel")
    notes = {
        "row_nearly_empty": reduce(lambda one, other: one & other, (text[name].isnull() for name in empty)),
        "row_without_customer": month.isnull() | customer.isnull(),
        "ind_empleado_spouse": text["ind_empleado"] == "S",
        "indrel_1mes_spelling": text["indrel_1mes"].endswith(".0"),
        "segmento_digits": text["segmento"].re_search("^[0-9]"),
        "age_absurd": text["age"].notnull() & ~_true(age_kept),
        "antiguedad_absurd": text["antiguedad"].notnull() & ~_true(tenure_kept),
        "renta_absurd": text["renta"].notnull() & ~_true(income_kept),
        "fecha_alta_unreadable": text["fecha_alta"].notnull() & joined.isnull(),
        "flags_unreadable": _any(text[name].notnull() & ~_true(flag_kept[name]) for name in PRODUCT_COLUMNS),
        "code_unreadable": _any(text[name].notnull() & ~_true(code_kept[name]) for name in code),
    }
    marks = sum(
        (_true(notes[rule]).cast("int32") * (1 << _BIT[rule]) for rule in RULES), ibis.literal(0, "int32")
    )
    columns = {
        MONTH: month,
        CUSTOMER: customer,
        "ind_empleado": (text["ind_empleado"] == "S").ifelse("P", text["ind_empleado"]),
        **{name: text[name] for name in _TEXTS},
        "age": age_kept.ifelse(number["age"], None).cast("int16"),
        "fecha_alta": joined,
        **{name: code_kept[name].ifelse(code[name], None).cast("int8") for name in code},
        "antiguedad": tenure_kept.ifelse(number["antiguedad"], None).cast("int16"),
        "indrel_1mes": text["indrel_1mes"].re_replace(r"\.0$", ""),
        "tiprel_1mes": text["tiprel_1mes"],
        "renta": income_kept.ifelse(number["renta"], None),
        "segmento": text["segmento"].re_replace(r"^[0-9]+\s*-\s*", "").upper(),
        **{name: flag_kept[name].ifelse(flag[name], None).cast("int8") for name in PRODUCT_COLUMNS},
    }
    order = [name for name in CLEAN if name in columns]
    return raw.select(*(columns[name].name(name) for name in order), marks.cast("int32").name("marks"))


def kept(rows: Any) -> Any:
    """The typed rows that are not dropped: those with a customer, a month, and anything said of them."""
    dropped = (1 << _BIT["row_nearly_empty"]) | (1 << _BIT["row_without_customer"])
    return rows.filter((rows.marks & dropped) == 0)


def one_per_month(rows: Any) -> Any:
    """One row per customer and month: of several, the one that says most, and of equals the largest.

    "Says most": the fewest nulls. The order of the file is not known to a relational engine, so that
    the choice rests on the rows' contents alone and is the same on every engine.
    """
    nulls = sum((rows[name].isnull().cast("int32") for name in rows.columns), ibis.literal(0, "int32"))
    order = [nulls.asc(), *(rows[name].desc() for name in rows.columns if name not in (MONTH, CUSTOMER))]
    place = ibis.row_number().over(group_by=[MONTH, CUSTOMER], order_by=order)
    return rows.mutate(place=place).filter(lambda table: table.place == 0).drop("place")


def fills(rows: Any) -> Any:
    """What missing values of a month are filled with: one row per month, from that month's rows alone."""
    whole = rows.group_by(MONTH).agg(
        fill_age=rows.age.cast("float64").median().round().cast("int16"),
        fill_renta=rows.renta.median(),
    )
    for name in ("cod_prov", "nomprov", "segmento"):
        whole = whole.left_join(_most_frequent(rows, name), MONTH).drop(f"{MONTH}_right")
    return whole


def province_incomes(rows: Any) -> Any:
    """Median known income (EUR a year) by month and province."""
    known = rows.filter(rows.renta.notnull() & rows.cod_prov.notnull())
    return known.group_by([MONTH, "cod_prov"]).agg(province_renta=known.renta.median())


def completed(rows: Any, fill: Any, incomes: Any) -> Any:
    """Typed rows to clean rows: exactly the columns of `columns.CLEAN`, without nulls.

    `fill` and `incomes` are the results of `fills` and `province_incomes` on the same rows.
    """
    joined = rows.left_join(fill, MONTH).drop(f"{MONTH}_right")
    joined = joined.mutate(cod_prov=ibis.coalesce(joined.cod_prov, joined.fill_cod_prov, 0).cast("int8"))
    joined = joined.left_join(incomes, [MONTH, "cod_prov"]).drop(f"{MONTH}_right", "cod_prov_right")
    joined_on = ibis.coalesce(joined.fecha_alta, joined[MONTH])
    tenure = (joined[MONTH].year() - joined_on.year()) * 12 + joined[MONTH].month() - joined_on.month()
    columns = {
        MONTH: joined[MONTH],
        CUSTOMER: joined[CUSTOMER],
        "ind_empleado": ibis.coalesce(joined.ind_empleado, UNKNOWN),
        **{name: ibis.coalesce(joined[name], UNKNOWN) for name in _TEXTS if name != "nomprov"},
        "age": ibis.coalesce(joined.age, joined.fill_age, 0),
        "fecha_alta": joined_on,
        **{name: ibis.coalesce(joined[name], UNKNOWN_CODE) for name in _CODES},
        "antiguedad": ibis.coalesce(joined.antiguedad, ibis.greatest(tenure, 0)),
        "indrel_1mes": ibis.coalesce(joined.indrel_1mes, "N"),  # missing: no relation is told
        "tiprel_1mes": ibis.coalesce(joined.tiprel_1mes, "N"),
        "cod_prov": joined.cod_prov,
        "nomprov": ibis.coalesce(joined.nomprov, joined.fill_nomprov, UNKNOWN),
        "renta": ibis.coalesce(joined.renta, joined.province_renta, joined.fill_renta, 0.0),
        "segmento": ibis.coalesce(joined.segmento, joined.fill_segmento, UNKNOWN),
        **{name: ibis.coalesce(joined[name], 0) for name in PRODUCT_COLUMNS},
        "renta_imputed": joined.renta.isnull(),
        "flags_imputed": _any(joined[name].isnull() for name in PRODUCT_COLUMNS),
    }
    return joined.select(*(columns[name].cast(ibis_type(kind)).name(name) for name, kind in CLEAN.items()))


def clean(raw: Any) -> Any:
    """Raw rows of text to clean rows, in one expression: what the steps give together."""
    rows = one_per_month(kept(typed(raw))).drop("marks")
    return completed(rows, fills(rows), province_incomes(rows))


def _text(column: Any) -> Any:
    """Trimmed text; empty, NA and NULL in any padding are missing."""
    trimmed = column.strip()
    return trimmed.upper().isin(["", "NA", "NAN", "NULL"]).ifelse(None, trimmed)


def _true(condition: Any) -> Any:
    return ibis.coalesce(condition, False)


def _any(conditions: Any) -> Any:
    return reduce(lambda one, other: one | other, conditions)


def _most_frequent(rows: Any, name: str) -> Any:
    """The most frequent value of a column by month; of equally frequent ones the first in order."""
    counted = rows.filter(rows[name].notnull()).group_by([MONTH, name]).agg(n=lambda table: table.count())
    place = ibis.row_number().over(group_by=MONTH, order_by=[counted.n.desc(), counted[name].asc()])
    ranked = counted.mutate(place=place).filter(lambda table: table.place == 0)
    return ranked.select(MONTH, ranked[name].name(f"fill_{name}"))


def ibis_type(kind: str) -> str:
    """The Ibis name of a type of `columns.CLEAN`."""
    return {"date32": "date", "double": "float64", "bool": "boolean"}.get(kind, kind)
