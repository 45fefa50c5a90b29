"""Raw rows of text to typed rows, each looked at alone: the first half of cleaning (`bankrec.cleaning`).

Many spellings become one, what can't be kept becomes null, and a note is taken of each
(`bankrec.cleaning_rules`). Ibis expressions that run on DuckDB and on Spark.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from bankrec.cleaning_rules import (
    BIT,
    CATEGORIES,
    CODES,
    DESCRIBED,
    EARLIEST_JOIN,
    FLAG_MISSING,
    FLAG_UNREADABLE,
    HIGHEST_INCOME,
    LARGEST_CUSTOMER,
    LONGEST_TENURE,
    MISSING_SPELLINGS,
    NEARLY_EMPTY,
    OLDEST,
    OPEN,
    OTHER,
    PROVINCES,
)
from bankrec.columns import CLEAN, CUSTOMER, DROPPED, MONTH
from bankrec.products import PRODUCT_COLUMNS

_NUMBERS = ("age", "antiguedad", "cod_prov", "renta")
_REFUSABLE = (*_NUMBERS, *CODES, "fecha_alta")


def typed(raw: Any) -> Any:
    """Raw rows (`columns.RAW`) to typed rows with nulls where a value is missing or can't be kept.

    Rows of text, or with numbers and dates parsed already (`raw.read_raw`): the result is the same.
    Columns: month, customer, the described columns in the types of `columns.CLEAN`, `flags` int64 (two
    bits a product) and `marks` int64 (a bit a rule). No row is dropped: `kept` filters by the marks.
    """
    return _noted(_weighed(_read(raw)))


# In `_read` the usual spellings come first, padded as the bank pads them, then null, and only what is left is
# stripped and parsed: comparing is many times faster, and full size is 650 million values.


def _read(raw: Any) -> Any:
    """Text to values, null where it is none of its kind; `<name>_text` is a text, `<name>_there` if it is."""
    read = {name: _parsed(raw[name], "float64") for name in (CUSTOMER, *_NUMBERS)}
    read |= {name: _code(raw[name], values) for name, values in CODES.items()}
    read |= {name: _parsed(raw[name], "date") for name in (MONTH, "fecha_alta")}
    columns = {name: _name(raw[name]) for name in OPEN}
    columns |= {name: _category(raw[name], name) for name in CATEGORIES}
    columns |= {f"{name}_text": raw[name] for name in ("ind_empleado", "indrel_1mes", "segmento")}
    columns |= {f"{name}_text": _text(raw[name]) for name in (*_NUMBERS, *CODES, "fecha_alta")}
    columns |= {
        f"{name}_there": ibis.cases(
            (raw[name].isnull(), False), (raw[name] == " 1", True), else_=_given(raw[name].strip()).notnull()
        )
        for name in DROPPED
    }
    flags = (_flag(raw[name], 2 * bit) for bit, name in enumerate(PRODUCT_COLUMNS))
    return raw.select(**read, **columns, flags=reduce(or_, flags))


def _weighed(rows: Any) -> Any:
    """Beside each value that may be refused: `<name>_keep`, and `<name>_there`, whether anything was given.

    A step of its own, because both are asked for several times.
    """
    month, joined = rows[MONTH], rows.fecha_alta
    keeps = {
        CUSTOMER: _whole(rows[CUSTOMER], 0, LARGEST_CUSTOMER),
        "age": _whole(rows.age, 0, OLDEST),
        "antiguedad": _whole(rows.antiguedad, 0, LONGEST_TENURE),
        "cod_prov": _whole(rows.cod_prov, *PROVINCES),
        "renta": (rows.renta > 0) & (rows.renta <= HIGHEST_INCOME),
        # A customer may join in the month of the snapshot, after its date: 31 days at most.
        "fecha_alta": (joined >= ibis.date(EARLIEST_JOIN)) & (joined <= month + ibis.interval(days=31)),
        **{name: rows[name].isin(values) for name, values in CODES.items()},
    }
    there = {name: _there(rows[name], rows[f"{name}_text"]) for name in _REFUSABLE}
    there |= {name: rows[name].notnull() for name in (*OPEN, *CATEGORIES)}
    return rows.mutate(
        **{f"{name}_keep": _true(condition) for name, condition in keeps.items()},
        **{f"{name}_there": condition for name, condition in there.items()},
    )


def _noted(rows: Any) -> Any:
    """The values that are kept, and the notes of each row."""
    there = {name: rows[f"{name}_there"] for name in (*DESCRIBED, *DROPPED)}
    employee, relation, segment = rows.ind_empleado, rows.indrel_1mes, rows.segmento
    notes = {
        (CUSTOMER, "without_customer"): ~rows[f"{CUSTOMER}_keep"],
        (MONTH, "without_month"): rows[MONTH].isnull(),
        ("row", "nearly_empty"): reduce(and_, (~there[name] for name in NEARLY_EMPTY)),
        **{(name, "column_dropped"): there[name] for name in DROPPED},
        ("ind_empleado", "spouse"): _true(employee == "P") & _true(rows.ind_empleado_text.upper() != "P"),
        ("indrel_1mes", "spelling"): _true((relation != OTHER) & rows.indrel_1mes_text.contains(".")),
        ("segmento", "digits"): _true((segment != OTHER) & (segment != rows.segmento_text)),
        **{(name, "missing"): ~there[name] for name in DESCRIBED},
        **{(name, "unknown_value"): _true(rows[name] == OTHER) for name in CATEGORIES},
    }
    for name in _REFUSABLE:  # a number that is not kept is absurd, where there is a rule for it
        refused = there[name] & ~rows[f"{name}_keep"]
        if (name, "absurd") in BIT:
            notes[name, "absurd"] = refused & rows[name].notnull()
            refused = refused & rows[name].isnull()
        notes[name, "unreadable"] = refused
    columns = {name: rows[name] for name in (MONTH, *OPEN, *CATEGORIES)}
    columns |= {name: rows[f"{name}_keep"].ifelse(rows[name], None) for name in (CUSTOMER, *_REFUSABLE)}
    typed = {name: column.cast(ibis_type(CLEAN[name])) for name, column in columns.items()}
    marks = reduce(or_, (note.ifelse(_bits(1 << BIT[rule]), _bits(0)) for rule, note in notes.items()))
    return rows.select(**typed, flags=rows.flags, marks=marks)


def _category(column: Any, name: str) -> Any:
    """A category in one spelling: capitals, 1.0 as 1, segments without digits, S as P; else `OTHER`."""
    values = CATEGORIES[name]
    spelled = _given(column.strip()).upper()
    usual = {value: value for value in values}
    if name == "ind_empleado":
        spelled = (spelled == "S").ifelse("P", spelled)
    if name == "indrel_1mes":
        spelled = spelled.re_replace(r"\.0+$", "")
        usual = {"1": "1", "1.0": "1"} | usual
    if name == "segmento":
        spelled = spelled.re_replace(r"^[0-9]+\s*-?\s*", "")
        usual = {f"{number:02} - {value}": value for number, value in enumerate(values, 1)}
    unusual = ibis.cases(*((spelled == value, value) for value in values), (spelled.notnull(), OTHER))
    usual_first = ((column == text, value) for text, value in usual.items())
    return ibis.cases(*usual_first, (column.isnull(), ibis.null("string")), else_=unusual)


def _parsed(column: Any, kind: str) -> Any:
    return column.try_cast(kind) if column.type().is_string() else column


def _text(column: Any) -> Any:
    """What could not be parsed may still say something; of what the reader has parsed there is no such text."""
    return column if column.type().is_string() else ibis.null("string")


def _code(column: Any, values: Sequence[int]) -> Any:
    if not column.type().is_string():
        return column
    spelled = [(column.isin([str(value), f" {value}"]), float(value)) for value in values]
    return ibis.cases(*spelled, else_=column.try_cast("float64"))


def _flag(column: Any, shift: int) -> Any:
    number, text = _parsed(column, "float64"), column.type().is_string()
    no, yes = _bits(0), _bits(1 << shift)
    given = _given(column.strip()).notnull() if text else number.notnull()
    parsed = ibis.cases(
        (number == 0, no),
        (number == 1, yes),
        (given, _bits(FLAG_UNREADABLE << shift)),
        else_=_bits(FLAG_MISSING << shift),
    )
    if not text:
        return parsed
    usual = ((column == text, value) for text, value in (("0", no), ("1", yes), (" 0", no), (" 1", yes)))
    return ibis.cases(*usual, else_=parsed)


def _bits(value: int) -> Any:
    return ibis.literal(value, type="int64")


def _name(column: Any) -> Any:
    # White space sorts before "!", and nothing that spells a missing value begins with these letters: what
    # ends without a space as well is a name as it stands.
    bare = (((column >= "!") & (column < "N")) | ((column >= "O") & (column < "n"))) & ~column.endswith(" ")
    return ibis.cases((bare, column), (column.isnull(), ibis.null("string")), else_=_given(column.strip()))


def _given(text: Any) -> Any:
    """The text, null where it spells that nothing is known."""
    return among(text, MISSING_SPELLINGS).ifelse(None, text)


def _there(value: Any, text: Any) -> Any:
    """Whether anything was given: a value that was read, or a text that could not be."""
    return ibis.cases((value.notnull(), True), else_=_given(text.strip()).notnull())


def _whole(number: Any, low: int, high: int) -> Any:
    return (number >= low) & (number <= high) & (number % 1 == 0)


def _true(condition: Any) -> Any:
    return ibis.coalesce(condition, False)


def among(column: Any, values: Sequence[Any]) -> Any:
    """Whether a value is one of `values`: in parts, because DuckDB makes a join of a longer list."""
    parts = [values[start : start + 4] for start in range(0, len(values), 4)]
    return reduce(or_, (column.isin(part) for part in parts))


def ibis_type(kind: str) -> str:
    """Ibis' name of an Arrow type of `columns.CLEAN`."""
    return {"date32": "date", "double": "float64", "bool": "boolean"}.get(kind, kind)
