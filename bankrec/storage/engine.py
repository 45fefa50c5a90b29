"""The relational engine: DuckDB in this process, or Spark, also on a cluster; both run the same Ibis expressions."""

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
from bankrec.storage.atomic import settled
from bankrec.storage.spark_setup import check_spark

# Merged selects would repeat the inner expressions wherever the outer select uses them.
ibis.options.sql.fuse_selects = False

ENGINES = ("duckdb", "spark")
NotParsedError = duckdb.ConversionException  # raised where a value of a CSV does not have its column's type
MEMORY_LIMIT = "4GB"  # of DuckDB, which uses the disk beyond it


@contextmanager
def connect(engine: str = "duckdb", *, spill: Path | None = None) -> Iterator[Any]:
    """An Ibis connection to `engine`, closed at the end.

    `spill` is the folder where DuckDB puts what exceeds its memory limit (the system's temporary
    folder by default). Spark takes its ordinary configuration: `spark-submit`, `SPARK_CONF_DIR`,
    `PYSPARK_SUBMIT_ARGS`; without any it runs on this machine. Its session stays open for the next connection.
    """
    if engine == "spark":
        session = spark_session()
        yield ibis.pyspark.connect(session)
        return
    if engine not in ENGINES:
        raise InputError(f"engine {engine!r} is not one of {', '.join(ENGINES)}")
    with tempfile.TemporaryDirectory(prefix="bankrec-duckdb-", dir=spill) as folder:
        connection = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, temp_directory=folder, threads=os.cpu_count() or 1)
        connection.raw_sql("SET enable_progress_bar = false")
        # Only ORDER BY must give an order: keeping the order of the file costs memory and time.
        connection.raw_sql("SET preserve_insertion_order = false")
        try:
            yield connection
        finally:
            connection.disconnect()


def plain_duckdb(spill: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection for queries in SQL, within the memory limit; `spill` as in `connect`."""
    settings = {"memory_limit": MEMORY_LIMIT, "preserve_insertion_order": False, "temp_directory": spill}
    connection = duckdb.connect(config=settings)
    connection.execute("SET enable_progress_bar = false")
    return connection


def spark_session() -> Any:
    """The Spark session of this process; an `InputError` says what to install where there can be none."""
    check_spark()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    # Workers on this machine run this Python; on a cluster PYSPARK_PYTHON names theirs.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        session = SparkSession.builder.appName("bankrec").getOrCreate()
    except (PySparkException, OSError) as error:
        raise InputError(f"Spark does not start: {' '.join(str(error).split())[:300]}") from error
    session.sparkContext.setLogLevel("ERROR")  # its warnings are about its own compiler
    session.conf.set("spark.sql.ansi.enabled", "false")  # what can't be cast is null, as in DuckDB
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session


def engine_errors() -> tuple[type[Exception], ...]:
    """The errors that an engine raises when it can't read, compute or write."""
    if sys.modules.get("pyspark") is None:
        return (duckdb.Error,)
    from py4j.protocol import Py4JError  # type: ignore[import-not-found, unused-ignore]
    from pyspark.errors import PySparkException

    return (duckdb.Error, PySparkException, Py4JError)


@contextmanager
def full_disk_reported(output: Path) -> Iterator[None]:
    """Raise an `InputError` if the engine finds the disk full while writing `output`; other errors pass unchanged."""
    try:
        yield
    except engine_errors() as error:
        line = " ".join(str(error).split())
        if "no space left" in line.lower() or "max_temp_directory_size" in line:
            raise InputError(f"could not write {output}: no space left on the disk") from error
        raise


def sql_name(column: str) -> str:
    """A column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def sql_text(value: object) -> str:
    """A value as a text in SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def write_parquet(
    connection: Any, table: Any, path: Path, engine: str = "duckdb", *, compression: str = "zstd"
) -> None:
    """Write the result of an expression as parquet: one file from DuckDB, a folder of files from Spark."""
    if engine == "spark":
        table.to_parquet_dir(str(path), options={"compression": compression})
        return
    connection.raw_sql(
        f"COPY ({ibis.to_sql(table, dialect='duckdb')}) TO {sql_text(path)} (FORMAT parquet, COMPRESSION {compression})"
    )


def write_parquet_by(connection: Any, table: Any, column: str, folder: Path, engine: str) -> None:
    """Write `<folder>/<value>.parquet` for each value of `column`; the files hold that column too.

    From DuckDB a file each; from Spark a folder of files each, all in one pass.
    """
    if engine == "spark":
        parted = table.mutate(part=table[column])
        connection.to_parquet(parted, str(folder), mode="append", partitionBy="part", compression="zstd")
        for part in folder.glob("part=*"):
            part.rename(folder / f"{part.name.removeprefix('part=')}.parquet")
        return
    folder.mkdir(exist_ok=True)
    for value in table.select(column).distinct().order_by(column).to_pyarrow().column(0).to_pylist():
        write_parquet(connection, table.filter(table[column] == value), folder / f"{value}.parquet", engine)


def read_parquet(connection: Any, path: Path, engine: str = "duckdb") -> Any:
    """A table over a parquet file, or over all parquet files of a folder."""
    if engine == "spark":
        return connection.read_parquet(str(settled(path)), recursiveFileLookup=True)
    return connection.read_parquet([str(file) for file in parquet_files(path)])


def parquet_files(path: Path) -> list[Path]:
    """The parquet files of a folder, those of its folders included, in the order of their names; or the file."""
    if not settled(path).is_dir():
        return [path]
    return sorted(file for file in path.rglob("*.parquet") if file.is_file())
