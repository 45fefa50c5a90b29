"""The clean format, declared once: types, allowed values, ranges. Checked after cleaning and before training."""

from __future__ import annotations

from functools import cache
from typing import Any

import ibis
import pandera.ibis as pa
from pandera.errors import SchemaErrors

from bankrec.cleaning import OLDEST, UNKNOWN_CODE, ibis_type
from bankrec.columns import CLEAN, CUSTOMER, MONTH
from bankrec.errors import InputError
from bankrec.products import PRODUCT_COLUMNS

ALLOWED: dict[str, list[Any]] = {
    "tiprel_1mes": ["I", "A", "P", "R", "N"],
    "ind_nuevo": [0, 1, UNKNOWN_CODE],
    "ind_actividad_cliente": [0, 1, UNKNOWN_CODE],
    **dict.fromkeys(PRODUCT_COLUMNS, [0, 1]),
}
RANGES: dict[str, tuple[float, float]] = {
    CUSTOMER: (0, 2**62),
    "age": (0, OLDEST),
    "antiguedad": (0, 1_200),
    "cod_prov": (0, 127),
    "renta": (0.0, 1e7),
}


@cache
def schema() -> Any:
    """The declaration, as a pandera schema over an Ibis table: each column's type and rules, no nulls."""
    columns = {}
    for name, kind in CLEAN.items():
        checks = []
        if name in ALLOWED:
            checks.append(pa.Check.isin(ALLOWED[name]))
        if name in RANGES:
            checks.append(pa.Check.in_range(*RANGES[name]))
        columns[name] = pa.Column(ibis.dtype(ibis_type(kind)), checks, nullable=False)
    return pa.DataFrameSchema(columns, strict=True, name="clean snapshots")


def check_clean(table: Any, where: str) -> None:
    """Raise an `InputError` where `table` breaks the format: column, rule, count, three example rows.

    `where` names the table in the message, as a path.
    """
    missing = [name for name in CLEAN if name not in table.columns]
    if missing:
        raise InputError(f"{where} is not a file of clean snapshots: it lacks {', '.join(missing)}")
    table = table.select(*CLEAN)
    try:
        schema().validate(table, lazy=True)
    except SchemaErrors as errors:
        found = _broken_rules(table) or [str(error) for error in errors.schema_errors[:3]]
        raise InputError(f"{where} breaks the clean format: {'; '.join(found)}") from errors


def _broken_rules(table: Any) -> list[str]:
    """Each broken rule in words; a query a column, run only when the declaration does not hold."""
    found = []
    for name, kind in CLEAN.items():
        rules = {"no missing value": table[name].isnull()}
        if name in ALLOWED:
            rules[f"one of {ALLOWED[name]}"] = table[name].notin(ALLOWED[name])
        if name in RANGES:
            low, high = RANGES[name]
            rules[f"from {low:g} to {high:g}"] = ~table[name].between(low, high)
        for rule, broken in rules.items():
            rows = table.filter(broken)
            if count := int(rows.count().to_pyarrow().as_py()):
                sample = rows.select(MONTH, CUSTOMER, name).order_by([MONTH, CUSTOMER]).head(3).to_pyarrow()
                examples = ", ".join(str(tuple(row.values())) for row in sample.to_pylist())
                found.append(f"{name} ({kind}) must be {rule}: {count:,} rows are not, as {examples}")
    return found
