"""The values of the columns of a parquet file, for a first description of a bank: one scan in DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from bankrec.bank.draft import FEW, ColumnValues
from bankrec.errors import InputError
from bankrec.ingest.parquet_header import schema_of
from bankrec.ingest.snapshot_header import snapshot_files
from bankrec.ingest.snapshot_scan import VIEW, viewed
from bankrec.storage.engine import sql_name

Kind = Literal["flag", "integer", "number", "text", "date", "other"]
PARTS = 5  # of equal size, which numbers are divided into: edges of bands


def columns_seen(data: Path) -> list[ColumnValues]:
    """Every column of `data`, a parquet file or a folder of them: type, number of values, smallest, largest, commonest.

    Numbers of distinct values beyond a few thousand are estimates.
    """
    kinds = {field.name: _kind(field.type) for field in schema_of(snapshot_files(data)[0])}
    with viewed(data) as connection:
        columns = [_column_values(connection, name, kind) for name, kind in kinds.items()]
    if not any(column.rows for column in columns):
        raise InputError(f"{data} has no rows: a description is guessed from the values of its columns")
    return columns


def _column_values(connection: Any, name: str, kind: Kind) -> ColumnValues:
    column = sql_name(name)
    ends = f"min({column}), max({column})" if kind in ("integer", "number", "date") else "NULL, NULL"
    counts = f"SELECT approx_count_distinct({column}), count({column}), {ends} FROM {VIEW}"
    distinct, rows, least, largest = connection.execute(counts).fetchone()
    if kind in ("integer", "text") and distinct <= 2 * FEW:
        common = f"SELECT {column} FROM {VIEW} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
        values = tuple(value for (value,) in connection.execute(common).fetchall())
        return ColumnValues(name, kind, rows, len(values), least, largest, values)
    return ColumnValues(name, kind, rows, distinct, least, largest, cuts=_cuts(connection, column, kind))


def _cuts(connection: Any, column: str, kind: Kind) -> tuple[float, ...]:
    """Edges that divide a number into `PARTS` parts of equal size, with three significant digits."""
    if kind not in ("integer", "number"):
        return ()
    shares = ", ".join(str(part / PARTS) for part in range(1, PARTS))
    number = f"CAST({column} AS DOUBLE)"
    sql = f"SELECT approx_quantile({number}, [{shares}]) FROM {VIEW} WHERE isfinite({number})"
    (quantiles,) = connection.execute(sql).fetchone()
    return tuple(sorted({float(f"{edge:.3g}") for edge in quantiles or ()}))


def _kind(kind: pa.DataType) -> Kind:
    if pa.types.is_boolean(kind):
        return "flag"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "date"
    return "text" if pa.types.is_string(kind) else "other"
