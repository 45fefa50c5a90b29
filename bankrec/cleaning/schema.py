"""The clean format, declared once: types, allowed values, ranges. Checked after cleaning and before training.

pandera holds the declaration and makes the checks. They run in one query, because one query per check would take
longer than the cleaning.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from typing import Any

import ibis
import pandera.ibis as pa

from bankrec.bank.description import UNKNOWN
from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.cleaning.spellings import among
from bankrec.cleaning.typed_rows import ibis_type
from bankrec.errors import InputError
from bankrec.santander.categories import (
    CATEGORIES,
    CODES,
    EARLIEST_JOIN,
    HIGHEST_INCOME,
    LONGEST_TENURE,
    OLDEST,
    OPEN,
    OTHER,
    PROVINCES,
    UNKNOWN_CODE,
)
from bankrec.santander.columns import CLEAN, CUSTOMER, MONTH, PRODUCT_COLUMNS

ALLOWED: dict[str, list[Any]] = {
    **{name: [*values, UNKNOWN, OTHER] for name, values in CATEGORIES.items()},
    **{name: [*values, UNKNOWN_CODE] for name, values in CODES.items()},
    **{name: [0, 1] for name in PRODUCT_COLUMNS},
}
RANGES: dict[str, tuple[float, float]] = {
    CUSTOMER: (0, LARGEST_CUSTOMER),
    "age": (0, OLDEST),
    "antiguedad": (0, LONGEST_TENURE),
    "cod_prov": (0, PROVINCES[1]),
    "renta": (0.0, HIGHEST_INCOME),
}
EXAMPLES = 3


@cache
def schema() -> Any:
    """The declaration, as a pandera schema over an Ibis table: each column's type and rules, no nulls."""
    columns = {}
    for name, kind in CLEAN.items():
        checks = []
        if name in ALLOWED:
            checks.append(_one_of(ALLOWED[name]))
        if name in RANGES:
            checks.append(_within(*RANGES[name]))
        if name in OPEN:
            checks.append(pa.Check(lambda data: data.table[data.key] != "", error="a text that is not empty"))
        if name in (MONTH, "fecha_alta"):
            checks.append(_from(EARLIEST_JOIN))
        columns[name] = pa.Column(ibis.dtype(ibis_type(kind)), checks, nullable=False)
    return pa.DataFrameSchema(columns, strict=True, name="clean snapshots")


# Expressions of one column, so that any number of them fit in one query: pandera's own checks join their
# results back to the table.
def _one_of(values: list[Any]) -> Any:
    error = f"one of {', '.join(map(str, values))}"
    return pa.Check(lambda data: among(data.table[data.key], values), error=error)


def _within(low: float, high: float) -> Any:
    error = f"from {low:,.0f} to {high:,.0f}"
    return pa.Check(lambda data: data.table[data.key].between(low, high), error=error)


def _from(earliest: str) -> Any:
    error = f"a date from {earliest} on"
    return pa.Check(lambda data: data.table[data.key] >= ibis.date(earliest), error=error)


def check_types(table: Any, where: str) -> None:
    """Raise an `InputError` where a column of the format is missing in `table` or of another type; no row is read."""
    declared = schema().columns
    missing = [name for name in declared if name not in table.columns]
    if missing:
        raise InputError(f"{where} is not a file of clean snapshots: columns missing: {', '.join(missing)}")
    for name, column in declared.items():
        if (actual := table[name].type().copy(nullable=True)) != column.dtype.type:
            raise InputError(f"{where}: {name} must be of type {column.dtype.type}, it is {actual}")


def check_clean(table: Any, where: str) -> None:
    """Raise an `InputError` where `table` breaks the format: column, rule, count, three example rows.

    `where` names the table in the message, as a path. Columns that are not in `columns.CLEAN` are ignored.
    """
    declared = schema().columns
    check_types(table, where)
    broken = {}
    for name, column in declared.items():
        broken[name, "present"] = table[name].isnull()
        for check in column.checks:
            broken[name, check.error] = ~check(table, name).check_output
    # A check whether any rule is broken costs much less than a count of each. A missing value breaks "present" alone;
    # the other rules are null for it, which `or` handles.
    if not table.filter(reduce(or_, broken.values())).count().to_pyarrow().as_py():
        return
    keys = list(broken)
    counts = table.agg([broken[key].sum().name(f"rule_{place}") for place, key in enumerate(keys)])
    violations = []
    for (name, rule), count in zip(keys, counts.to_pyarrow().to_pylist()[0].values(), strict=True):
        if count:
            examples = _examples(table.filter(broken[name, rule]), name)
            violations.append(f"{name} must be {rule}: {count:,} rows are not, as {examples}")
    raise InputError(f"{where} breaks the clean format: {'; '.join(violations)}")


def _examples(rows: Any, name: str) -> str:
    names = dict.fromkeys((MONTH, CUSTOMER, name))
    few = rows.select(*names).order_by([MONTH, CUSTOMER]).head(EXAMPLES).to_pyarrow().to_pylist()
    return ", ".join(f"({', '.join(f'{key}={value}' for key, value in row.items())})" for row in few)
