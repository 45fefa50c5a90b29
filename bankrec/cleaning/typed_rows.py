"""Raw rows of text to typed rows, each row by itself: the first half of cleaning (`bankrec.cleaning.clean`).

Spellings are unified, values that can't be kept become null, and each change is noted
(`bankrec.cleaning.rules`). Ibis expressions that run on DuckDB and on Spark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

import ibis

from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.cleaning.category_codes import coded, is_missing, is_other
from bankrec.cleaning.rules import BIT, FLAG_MISSING, FLAG_UNREADABLE, NEARLY_EMPTY
from bankrec.cleaning.spellings import given, says_no, says_yes
from bankrec.santander.categories import (
    CATEGORIES,
    CODES,
    EARLIEST_JOIN,
    HIGHEST_INCOME,
    LONGEST_TENURE,
    OLDEST,
    OPEN,
    PROVINCES,
)
from bankrec.santander.columns import CLEAN, CUSTOMER, DROPPED, MONTH, PRODUCT_COLUMNS

_NUMBERS = ("age", "antiguedad", "cod_prov", "renta")
_REFUSABLE = (*_NUMBERS, *CODES, "fecha_alta")


def typed(raw: Any) -> Any:
    """Raw rows (`columns.RAW`) to typed rows with nulls where a value is missing or can't be kept.

    Rows of text, or with numbers and dates parsed already (`raw_file.read_raw`): the result is the same.
    Columns: month, customer, the described columns in the types of `columns.CLEAN`, the categories in one
    int64, `categories` (`category_codes`), `flags` int64 (two bits a product) and `marks` int64 (a bit a
    rule). No row is dropped: `kept` filters by the marks.
    """
    return _noted(_weighed(_read(raw)))


def unreadable_texts(raw: Any, names: Iterable[str]) -> Any:
    """The raw values of the columns `names` that the rules call `unreadable`, null for all others, row by row.

    `raw` is text. Used to show examples, as typed rows keep only a note of such values.
    """
    return raw.select(**{name: _unreadable(raw[name], name).ifelse(raw[name], None) for name in names})


def _unreadable(column: Any, name: str) -> Any:
    if name in PRODUCT_COLUMNS:
        return _flag(column, 0) == FLAG_UNREADABLE
    if name in CATEGORIES:
        return is_other(column, name)
    if name in CODES:
        read = _code(column, CODES[name]).isin(CODES[name])
    elif name == "cod_prov":
        read = _whole(_parsed(column, "float64"), *PROVINCES)
    else:  # a number or date that can be read but is out of range falls under another rule, `absurd`
        read = _parsed(column, "date" if name == "fecha_alta" else "float64").notnull()
    return ~ibis.coalesce(read, False) & given(column.strip()).notnull()


# `_read` compares with the usual spellings first, padded as the bank pads them, then with null, and strips and parses
# only the rest: comparing is many times faster, and the full file has 650 million values.


def _read(raw: Any) -> Any:
    """Text to values, null where it can't be read; `<name>_text` is the raw text, `<name>_dropped` a note's bit."""
    read = {name: _parsed(raw[name], "float64") for name in (CUSTOMER, *_NUMBERS)}
    read |= {name: _code(raw[name], values) for name, values in CODES.items()}
    read |= {name: _parsed(raw[name], "date") for name in (MONTH, "fecha_alta")}
    columns = {name: _name(raw[name]) for name in OPEN}
    columns |= {f"{name}_text": _text(raw[name]) for name in _REFUSABLE}
    columns |= {f"{name}_dropped": _dropped(raw[name], name) for name in DROPPED}
    flags = (_flag(raw[name], 2 * bit) for bit, name in enumerate(PRODUCT_COLUMNS))
    return raw.select(**read, **columns, categories=coded(raw), flags=reduce(or_, flags))


def _weighed(rows: Any) -> Any:
    """Add `<name>_keep` for each value that may be refused: a step of its own, as it is used twice."""
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
    return rows.mutate(**{f"{name}_keep": ibis.coalesce(condition, False) for name, condition in keeps.items()})


def _noted(rows: Any) -> Any:
    """The values that are kept, and the notes of each row."""
    there = {name: _there(rows[name], rows[f"{name}_text"]) for name in _REFUSABLE}
    there |= {name: rows[name].notnull() for name in OPEN}
    there |= {name: ~is_missing(rows.categories, name) for name in CATEGORIES}
    notes = [
        rows[f"{CUSTOMER}_keep"].ifelse(_NONE, _bit(CUSTOMER, "without_customer")),
        rows[MONTH].notnull().ifelse(_NONE, _bit(MONTH, "without_month")),
        # Tested one after the other, since nearly every row has the first of them.
        ibis.cases(*((there[name], _NONE) for name in NEARLY_EMPTY), else_=_bit("row", "nearly_empty")),
        *(rows[f"{name}_dropped"] for name in DROPPED),
        *(there[name].ifelse(_NONE, _bit(name, "missing")) for name in OPEN),
        *(_refusal(rows[name], rows[f"{name}_keep"], there[name], name) for name in _REFUSABLE),
    ]
    columns = {name: rows[name] for name in (MONTH, *OPEN)}
    columns |= {name: rows[f"{name}_keep"].ifelse(rows[name], None) for name in (CUSTOMER, *_REFUSABLE)}
    typed = {name: column.cast(ibis_type(CLEAN[name])) for name, column in columns.items()}
    return rows.select(**typed, categories=rows.categories, flags=rows.flags, marks=reduce(or_, notes))


def _refusal(value: Any, keep: Any, there: Any, name: str) -> Any:
    """The note of a value that is missing or not kept: `absurd` for a number out of range, where there is that rule."""
    absurd = ((value.notnull(), _bit(name, "absurd")),) if (name, "absurd") in BIT else ()
    return ibis.cases((keep, _NONE), (~there, _bit(name, "missing")), *absurd, else_=_bit(name, "unreadable"))


def _dropped(column: Any, name: str) -> Any:
    bit = _bit(name, "column_dropped")
    anything = given(column.strip()).notnull().ifelse(bit, _NONE)
    return ibis.cases((column.isnull(), _NONE), (column == " 1", bit), else_=anything)


def _parsed(column: Any, kind: str) -> Any:
    value = column.try_cast(kind) if column.type().is_string() else column
    # "NaN" is a number to the engine, but a missing value in a bank's file.
    return value.isnan().ifelse(None, value) if kind == "float64" else value


def _text(column: Any) -> Any:
    """The raw text, which may hold a value that could not be parsed; null where the reader has parsed the column."""
    return column if column.type().is_string() else ibis.null("string")


def _code(column: Any, values: Sequence[int]) -> Any:
    if not column.type().is_string():
        return _parsed(column, "float64")
    spelled = [(column.isin([str(value), f" {value}"]), float(value)) for value in values]
    number = _parsed(column, "float64")
    if tuple(values) == (0, 1):
        number = ibis.cases((number.notnull(), number), (says_yes(column), 1.0), (says_no(column), 0.0))
    return ibis.cases(*spelled, else_=number)


def _flag(column: Any, shift: int) -> Any:
    number = column.try_cast("float64")
    no, yes = _bits(0), _bits(1 << shift)
    parsed = ibis.cases(
        (number == 0, no),
        (number == 1, yes),
        (says_no(column), no),
        (says_yes(column), yes),
        (given(column.strip()).notnull(), _bits(FLAG_UNREADABLE << shift)),
        else_=_bits(FLAG_MISSING << shift),
    )
    usual = ((column == text, value) for text, value in (("0", no), ("1", yes), (" 0", no), (" 1", yes)))
    return ibis.cases(*usual, else_=parsed)


def _bits(value: int) -> Any:
    return ibis.literal(value, type="int64")


def _bit(column: str, rule: str) -> Any:
    return _bits(1 << BIT[column, rule])


_NONE = _bits(0)


def _name(column: Any) -> Any:
    # White space sorts before "!", and no spelling of a missing value begins with these letters: such a text that
    # also ends without a space needs no change.
    bare = (((column >= "!") & (column < "N")) | ((column >= "O") & (column < "n"))) & ~column.endswith(" ")
    return ibis.cases((bare, column), (column.isnull(), ibis.null("string")), else_=given(column.strip()))


def _there(value: Any, text: Any) -> Any:
    """Whether anything was given: a value that was read, or a text that could not be read."""
    return ibis.cases((value.notnull(), True), else_=given(text.strip()).notnull())


def _whole(number: Any, low: int, high: int) -> Any:
    # A number beyond 64 bits becomes null in the cast, and is not kept.
    return (number >= low) & (number <= high) & (number == number.try_cast("int64"))


def ibis_type(kind: str) -> str:
    """Ibis' name of an Arrow type of `columns.CLEAN`."""
    return {"date32": "date", "double": "float64", "bool": "boolean"}.get(kind, kind)
