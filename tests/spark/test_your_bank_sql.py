"""The SQL of docs/your_bank.md on Spark itself."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from bankrec.storage.engine import spark_session
from tests.test_your_bank import SQL, TABLES_OF_A_WAREHOUSE, check_rows

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]


def test_the_sql_of_spark_makes_snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    if "PYSPARK_SUBMIT_ARGS" not in os.environ:
        monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master local[2] --conf spark.ui.enabled=false pyspark-shell")
    session = spark_session()
    with duckdb.connect() as connection:
        connection.execute(TABLES_OF_A_WAREHOUSE)
        for table in ("customers", "holdings"):
            connection.execute(f"COPY {table} TO '{tmp_path / table}.parquet' (FORMAT parquet)")
            session.read.parquet(str(tmp_path / f"{table}.parquet")).createOrReplaceTempView(table)
    session.sql(SQL["Spark"].replace("'snapshots'", f"'{tmp_path / 'snapshots'}'"))
    check_rows(pd.read_parquet(tmp_path / "snapshots"))
