"""The columns of a history as expressions on clean snapshots of any bank; they run on DuckDB and on Spark."""

from __future__ import annotations

from functools import reduce
from operator import add, or_
from typing import Any

import ibis

from bankrec.bank.bits import BitField
from bankrec.bank.description import Bank, OwnFeature, ProfileColumn, State
from bankrec.holdings import PRESENT, UNKNOWN


def word(clean: Any, bank: Bank) -> Any:
    """The word of each row (`bankrec.holdings`), an int64.

    A null flag counts as not held, and marks the holdings of the row as unknown, as `Bank.holdings_unknown` does.
    """
    flags = [clean[item].cast("int64").fill_null(0) for item in bank.ids]
    unknown = reduce(or_, (clean[item].isnull() for item in bank.ids))
    if bank.holdings_unknown:
        unknown = unknown | clean[bank.holdings_unknown].cast("boolean").fill_null(False)
    parts = [flag * (1 << bit) for bit, flag in enumerate(flags)]
    parts += [ibis.literal(int(PRESENT), "int64"), unknown.cast("int64") * int(UNKNOWN)]
    parts += [_placed(_state(clean, state), bank.state_fields[state.name]) for state in bank.states]
    return reduce(add, parts).cast("int64")


def stated(clean: Any, bank: Bank) -> Any:
    """The profile columns that are stored by month (`Bank.stated_fields`), an int64 for each row."""
    columns = [column for column in bank.profile if column.by_month]
    parts = [_placed(_stated(clean[column.column], column), bank.stated_fields[column.name]) for column in columns]
    return reduce(add, parts, ibis.literal(0, "int64")).cast("int64")


def first_value(rows: Any, column: ProfileColumn, month: Any) -> Any:
    """The value of a profile column in the first month of each customer, an aggregate; nan or an empty text for a null.

    Engines skip nulls in such an aggregate, so a null in the first month would be replaced by a later month's value.
    """
    values = rows[column.column]
    if column.kind == "number" and column.missing == "unknown":
        values = values.cast("double")
        guess = values.isnull() if column.imputed is None else values.isnull() | rows[column.imputed]
        values = guess.ifelse(ibis.literal(float("nan"), "double"), values)
    elif column.kind in ("category", "flag") and values.type().is_string():
        values = values.fill_null("")
    elif column.kind in ("category", "flag"):
        values = values.cast("int64").fill_null(-1)
    return values.argmin(month)


def own_value(features: Any, feature: OwnFeature) -> Any:
    """The bank's own feature of each row of `features`: a double, a category by its code; null where unknown."""
    column = features[feature.name]
    return (_codes(column, feature.values) if feature.kind == "category" else column).cast("double")


def _state(clean: Any, state: State) -> Any:
    column = clean[state.column]
    if state.kind == "flag":
        return _is(column, state.yes)
    if state.same_as:
        column = column.substitute(dict(state.same_as), else_=column)
    return _codes(column, state.values)


def _stated(column: Any, of: ProfileColumn) -> Any:
    if of.kind == "number":
        largest = of.largest or 0
        return column.isnull().ifelse(largest + 1, ibis.least(ibis.greatest(column.cast("int64"), 0), largest))
    return _is(column, of.yes) if of.kind == "flag" else _codes(column, of.values)


def _is(column: Any, yes: int | str) -> Any:
    if column.type().is_boolean():
        column = column.cast("int64")
    return (column == yes).fill_null(False)


def _codes(column: Any, values: tuple[int | str, ...]) -> Any:
    """1 for the first of `values`, 2 for the next; 0 for anything else."""
    if column.type().is_integer() and values == tuple(range(1, len(values) + 1)):
        return column.between(1, len(values)).ifelse(column.cast("int64"), 0)
    cases = [(column == value, code) for code, value in enumerate(values, start=1)]
    return ibis.cases(*cases, else_=0)


def _placed(code: Any, field: BitField) -> Any:
    return code.cast("int64") * (1 << field.shift)
