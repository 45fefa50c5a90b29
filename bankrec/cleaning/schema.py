"""The clean format, declared once: types, allowed values, ranges. Checked after cleaning and before training.

All checks run in one query, because one query per check would take longer than the cleaning.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import ibis

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


def check_types(table: Any, where: str) -> None:
    """Raise an `InputError` where a column of the format is missing in `table` or of another type; no row is read."""
    missing = [name for name in CLEAN if name not in table.columns]
    if missing:
        raise InputError(f"{where} is not a file of clean snapshots: columns missing: {', '.join(missing)}")
    for name, kind in CLEAN.items():
        declared = ibis.dtype(ibis_type(kind))
        if (actual := table[name].type().copy(nullable=True)) != declared:
            raise InputError(f"{where}: {name} must be of type {declared}, it is {actual}")


def _must_be(column: Any, name: str) -> dict[str, Any]:
    """What each value of a column must be, in words, and the condition; all but the first are null where it is."""
    rules = {"present": column.notnull()}
    if name in ALLOWED:
        rules[f"one of {', '.join(map(str, ALLOWED[name]))}"] = among(column, ALLOWED[name])
    if name in RANGES:
        low, high = RANGES[name]
        rules[f"from {low:,.0f} to {high:,.0f}"] = column.between(low, high)
    if name in OPEN:
        rules["a text that is not empty"] = column != ""
    if name in (MONTH, "fecha_alta"):
        rules[f"a date from {EARLIEST_JOIN} on"] = column >= ibis.date(EARLIEST_JOIN)
    return rules


def check_clean(table: Any, where: str) -> None:
    """Raise an `InputError` where `table` breaks the format: column, rule, count, three example rows.

    `where` names the table in the message, as a path. Columns that are not in `columns.CLEAN` are ignored.
    """
    check_types(table, where)
    broken = {(name, rule): ~kept for name in CLEAN for rule, kept in _must_be(table[name], name).items()}
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
