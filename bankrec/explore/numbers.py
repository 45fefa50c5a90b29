"""The numbers of a profile: how they are distributed in the last month, and how they go together."""

from __future__ import annotations

import pandas as pd

from bankrec.bank.description import ProfileColumn
from bankrec.explore.groups import number
from bankrec.explore.tables import Tables
from bankrec.storage.engine import sql_name

BANDS = 40  # columns of a histogram, about


def numeric(tables: Tables) -> list[ProfileColumn]:
    """The profile columns that are numbers or dates, in the order of the description."""
    return [column for column in tables.bank.profile if column.kind in ("number", "date")]


def distributions(tables: Tables) -> dict[str, pd.Series]:
    """Customers of the last month by bands of each number: by name with unit, counts by the band's lower end.

    A number with `log` is counted by its decimal logarithm, a date by years since.
    """
    return {_called(column): _distribution(tables, column) for column in numeric(tables)}


def _called(column: ProfileColumn) -> str:
    if column.kind == "date" or column.role == "age":
        return f"{column.name} (years)"
    return f"log10 of {column.name}" if column.log else column.name


def _value(tables: Tables, column: ProfileColumn) -> str:
    value = number(column, tables.bank)
    if column.kind == "date":
        return f"({value}) / 12.0"
    return f"CASE WHEN ({value}) > 0 THEN log10({value}) END" if column.log else f"({value})"


def _distribution(tables: Tables, column: ProfileColumn) -> pd.Series:
    value, month = _value(tables, column), sql_name(tables.bank.month)
    last = f"(SELECT {value} AS v FROM clean WHERE {month} = (SELECT max({month}) FROM clean))"
    ends = tables.table(
        f"SELECT quantile_cont(v, 0.001)::double AS low, quantile_cont(v, 0.999)::double AS high FROM {last}"
    ).iloc[0]
    width = _round((ends["high"] - ends["low"]) / BANDS) if ends.notna().all() and ends["high"] > ends["low"] else 1.0
    if column.role == "age":
        width = 1.0
    histogram = tables.table(
        f"SELECT floor(v / {width}) * {width} AS band, count(*) AS n FROM {last} WHERE v IS NOT NULL"
        f" AND v <= {(ends['high'] if pd.notna(ends['high']) else 0) + width} GROUP BY ALL ORDER BY band"
    )
    return histogram.set_index("band")["n"]


def _round(width: float) -> float:
    """A width of 1, 2 or 5 times a power of ten, the least that is no narrower.

    >>> _round(0.03), _round(1.2), _round(70)
    (0.05, 2.0, 100.0)
    """
    scale = 1e-9
    while True:
        for step in (1, 2, 5):
            if width <= step * scale * (1 + 1e-9):
                return round(step * scale, 9)
        scale *= 10


def correlations(tables: Tables) -> pd.DataFrame:
    """Correlation of the numbers of a profile and of the products held, in the last month, where both are known.

    Numbers with `log` by their logarithm.
    """
    columns, month = numeric(tables), sql_name(tables.bank.month)
    parts = {column.name: _value(tables, column) for column in columns}
    parts["products held"] = " + ".join(f"coalesce({sql_name(item)}::int, 0)" for item in tables.bank.ids)
    chosen = ", ".join(f"({value})::double AS v{place}" for place, value in enumerate(parts.values()))
    pairs = [(one, other) for one in range(len(parts)) for other in range(len(parts))]
    asked = ", ".join(f"corr(v{one}, v{other}) AS c{one}_{other}" for one, other in pairs)
    row = tables.table(
        f"SELECT {asked} FROM (SELECT {chosen} FROM clean WHERE {month} = (SELECT max({month}) FROM clean))"
    )
    values = row.iloc[0].to_numpy(dtype=float).reshape(len(parts), len(parts))
    return pd.DataFrame(values, index=list(parts), columns=list(parts))
