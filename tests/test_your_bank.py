"""The page for a new bank: its SQL makes snapshots that its commands take, and its table has every entry."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlglot

from bankrec.bank.files import read_bank
from bankrec.bank.schema import TABLES, entries
from bankrec.jobs import bank as job

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "your_bank.md").read_text(encoding="utf-8")
SQL = dict(re.findall(r"```sql\n-- (\w+)\n(.*?)```", PAGE, flags=re.S))
TABLES_OF_A_WAREHOUSE = """
CREATE TABLE customers(customer BIGINT, born DATE, branch VARCHAR, joined DATE, left_on DATE);
INSERT INTO customers VALUES
  (1, '1980-06-30', 'north', '2020-01-15', NULL),
  (2, '2001-02-01', 'south', '2025-05-31', NULL),
  (3, '1950-01-01', NULL, '2010-01-01', '2024-03-15');
INSERT INTO customers SELECT 100 + n, '1990-01-01', CASE n % 2 WHEN 0 THEN 'north' ELSE 'south' END, '2023-01-01', NULL
  FROM range(40) AS t(n);
CREATE TABLE holdings(customer BIGINT, product VARCHAR, opened DATE, closed DATE);
INSERT INTO holdings VALUES
  (1, 'current_account', '2020-01-15', NULL),
  (1, 'loan', '2024-02-29', '2024-04-30'),
  (1, 'loan', '2025-01-10', NULL),
  (1, 'savings', '2024-03-02', '2024-03-20'),
  (2, 'savings', '2025-06-30', NULL),
  (3, 'current_account', '2010-01-01', NULL);
INSERT INTO holdings SELECT 100 + n, 'savings', '2023-01-01', NULL FROM range(0, 40, 3) AS t(n);
"""


def check_rows(rows: pd.DataFrame) -> None:
    """What the SQL of either engine makes of the warehouse above."""
    rows = rows.assign(
        month_end=pd.to_datetime(rows["month_end"]).dt.date, joined=pd.to_datetime(rows["joined"]).dt.date
    )
    assert not rows.duplicated(["customer", "month_end"]).any()
    first = rows[rows["customer"] == 1].set_index("month_end").sort_index()
    assert list(first.index[:2]) == [date(2024, 1, 31), date(2024, 2, 29)] and len(first) == 18
    assert first["loan"].tolist() == [0, 1, 1, *[0] * 8, 0, *[1] * 6], "closed on the last day: not held any more"
    assert not first["savings"].any() and first["current_account"].all(), "between two ends of months nothing shows"
    assert first["age"].tolist() == [43] * 5 + [44] * 12 + [45]
    assert rows.loc[rows["customer"] == 2, ["month_end", "savings"]].sort_values("month_end").to_numpy().tolist() == [
        [date(2025, 5, 31), 0],
        [date(2025, 6, 30), 1],
    ]
    third = rows[rows["customer"] == 3]
    assert sorted(third["month_end"]) == [date(2024, 1, 31), date(2024, 2, 29)] and third["branch"].isna().all()
    assert len(rows) == 18 + 2 + 2 + 40 * 18


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What DuckDB's SQL writes, in a folder of its own."""
    folder, before = tmp_path_factory.mktemp("warehouse"), Path.cwd()
    with duckdb.connect() as connection:
        connection.execute(TABLES_OF_A_WAREHOUSE)
        os.chdir(folder)
        try:
            connection.execute(SQL["DuckDB"])
        finally:
            os.chdir(before)
    return folder / "snapshots.parquet"


def test_the_sql_of_duckdb_makes_snapshots(snapshots: Path) -> None:
    check_rows(pd.read_parquet(snapshots))


def test_the_sql_of_spark_says_the_same() -> None:
    """Without Spark: a translator reads it as Spark would; `tests/spark` runs it."""
    query = SQL["Spark"].split("USING parquet\n")[1]
    months = "months_between(month_end, c.born)"
    query = query.replace(months, f"({months})")  # the translator makes it a sum, and divides only the last of it
    (translated,) = sqlglot.transpile(query, read="spark", write="duckdb")
    with duckdb.connect() as connection:
        connection.execute(TABLES_OF_A_WAREHOUSE)
        check_rows(connection.execute(translated).df())


def test_the_commands_take_these_snapshots(snapshots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = snapshots.with_name("bank.toml")
    assert job.command(Namespace(step="new", data=snapshots, output=path, customer=None, month=None)) == 0
    bank = read_bank(path)
    assert (bank.customer, bank.month) == ("customer", "month_end")
    assert bank.ids == ("current_account", "savings", "loan")
    roles = {column.role: column.column for column in bank.profile if column.role}
    assert roles == {"age": "age", "joined": "joined"}
    assert job.command(Namespace(step="check", bank=path, data=snapshots)) == 0
    assert capsys.readouterr().out.endswith("no mistakes\n")


def test_the_table_has_every_entry() -> None:
    assert PAGE.endswith(entries()), "replace the table by what `python -m bankrec.bank.schema` prints"
    for model in TABLES.values():
        assert all(f"| `{name}` |" in PAGE for name in model.model_fields)


def test_its_commands_and_links_are_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    assert len(PAGE.split("## Every entry")[0].splitlines()) < 150, "one page"
