"""The relational engine: DuckDB in this process, or Spark beyond it; both run the same Ibis expressions."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis

from bankrec.errors import InputError

# Merged selects would repeat the expressions of the inner one wherever the outer one names them.
ibis.options.sql.fuse_selects = False

ENGINES = ("duckdb", "spark")
MEMORY_LIMIT = "3GB"  # of DuckDB; beyond it DuckDB writes to disk and goes on


@contextmanager
def connect(engine: str = "duckdb", *, spill: Path | None = None) -> Iterator[Any]:
    """An Ibis connection to `engine`, closed at the end.

    `spill` is the folder where DuckDB puts what exceeds its memory limit (the system's temporary
    folder by default). Spark takes its ordinary configuration from the environment.
    """
    if engine == "spark":
        yield _spark()
        return
    if engine not in ENGINES:
        raise InputError(f"engine {engine!r} is not one of {', '.join(ENGINES)}")
    with tempfile.TemporaryDirectory(prefix="bankrec-duckdb-", dir=spill) as folder:
        connection = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, temp_directory=folder, threads=os.cpu_count() or 1)
        connection.raw_sql("SET enable_progress_bar = false")
        # Rows need no order but what ORDER BY gives: keeping the file's order costs memory and time.
        connection.raw_sql("SET preserve_insertion_order = false")
        try:
            yield connection
        finally:
            connection.disconnect()


def _spark() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InputError("the Spark engine needs pyspark and Java 17: pip install '.[spark]'") from error
    try:
        session = SparkSession.builder.appName("bankrec").getOrCreate()
    except Exception as error:
        raise InputError(f"Spark does not start (is Java 17 installed?): {error}") from error
    session.conf.set("spark.sql.ansi.enabled", "false")
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return ibis.pyspark.connect(session)


def engine_errors() -> tuple[type[Exception], ...]:
    """The errors that an engine raises when it can't read, compute or write."""
    if "pyspark" not in sys.modules:
        return (duckdb.Error,)
    from py4j.protocol import Py4JError  # type: ignore[import-not-found, unused-ignore]
    from pyspark.errors import PySparkException

    return (duckdb.Error, PySparkException, Py4JError)


def write_parquet(
    connection: Any,
    table: Any,
    path: Path,
    engine: str = "duckdb",
    *,
    compression: str = "zstd",
    row_group: int = 122_880,
) -> None:
    """Write the result of an expression as parquet: one file from DuckDB, a folder of files from Spark."""
    if engine == "spark":
        table.to_parquet_dir(str(path), options={"compression": compression})
        return
    quoted = str(path).replace("'", "''")
    connection.raw_sql(
        f"COPY ({ibis.to_sql(table, dialect='duckdb')}) TO '{quoted}'"
        f" (FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE {row_group})"
    )


def read_parquet(connection: Any, path: Path, engine: str = "duckdb") -> Any:
    """A table over a parquet file, or over all parquet files of a folder."""
    if path.is_dir() and engine != "spark":
        return connection.read_parquet([str(file) for file in sorted(path.rglob("*.parquet"))])
    return connection.read_parquet(str(path))
