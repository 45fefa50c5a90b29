"""One scan of clean snapshots in DuckDB: counts by month and column, and the values of a column."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from bankrec.bank.description import Bank, ProfileColumn, State
from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.errors import InputError, in_one_line
from bankrec.ingest.snapshot_header import snapshot_files
from bankrec.storage.engine import engine_errors, plain_duckdb, sql_name, sql_text

SHOWN = 5  # values that a message names
VIEW = "snapshots"


@contextmanager
def viewed(data: Path) -> Iterator[Any]:
    """A DuckDB connection with the snapshots in `data` as `VIEW`; an `InputError` where a query can't read them."""
    files = [str(file) for file in snapshot_files(data)]
    with tempfile.TemporaryDirectory(prefix="bankrec-duckdb-") as spill:
        try:
            with plain_duckdb(spill) as connection:
                connection.from_parquet(files).create_view(VIEW)
                yield connection
        except engine_errors() as error:
            raise InputError(f"{data} can't be read: {in_one_line(error)}") from error


class Scan:
    """Counts of the rows of `VIEW`, by month: `by_month` has a row a month (and one for rows without a date).

    Columns of `by_month`: month, rows, days (snapshot dates), doubled (rows beyond one per customer), then the counts.
    """

    def __init__(self, bank: Bank, connection: Any) -> None:
        self.bank, self.connection = bank, connection
        described = connection.execute(f"DESCRIBE {VIEW}").df()
        self.flags = set(described.loc[described["column_type"] == "BOOLEAN", "column_name"])
        self.customer, self.month = sql_name(bank.customer), f"CAST({sql_name(bank.month)} AS DATE)"
        counts = {f"{kind} {name}": condition for kind, name, condition in self._counted()}
        self.by_month = self.query(
            f"SELECT date_trunc('month', {self.month}), count(*), count(DISTINCT {self.month}),"
            f" count({self.customer}) - count(DISTINCT {self.customer}),"
            f" {', '.join(f'count(*) FILTER ({condition})' for condition in counts.values())}"
            f" FROM {VIEW} GROUP BY 1 ORDER BY 1"
        )
        self.by_month.columns = pd.Index(["month", "rows", "days", "doubled", *counts])

    def _counted(self) -> Iterator[tuple[str, str, str]]:
        """The counts: kind, column, and condition in SQL of each."""
        bank = self.bank
        yield "null", bank.customer, f"{self.customer} IS NULL"
        yield "range", bank.customer, f"{self.customer} < 0 OR {self.customer} > {LARGEST_CUSTOMER}"
        for item in bank.ids:
            yield "strange", item, not_a_flag(item)
            yield "held", item, f"CAST({sql_name(item)} AS BIGINT) = 1"
        none, any_null = (word.join(f"{sql_name(item)} IS NULL" for item in bank.ids) for word in (" AND ", " OR "))
        yield "unknown", "holdings", none
        yield "partly", "holdings", f"({any_null}) AND NOT ({none})"
        for column in bank.columns:
            yield "null", column.column, f"{sql_name(column.column)} IS NULL"
            if column.kind == "category" and column.values:
                yield "undeclared", column.column, self.is_undeclared(column)
            if column.kind == "flag":
                yield "yes", column.column, f"{self.text(column.column)} = {sql_text(column.yes)}"
        for profile in bank.profile:
            name = sql_name(profile.column)
            if profile.kind == "number" and profile.by_month:
                yield "negative", profile.column, f"{name} < 0"
                yield "above", profile.column, f"{name} > {profile.largest}"
            if profile.kind == "date":
                yield "later", profile.column, f"CAST({name} AS DATE) > {self.month}"

    def sum(self, kind: str, name: str) -> int:
        """Number of rows of a count, over all months."""
        return int(self.by_month[f"{kind} {name}"].sum())

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.by_month["rows"].sum())

    def known(self, column: State | ProfileColumn) -> int:
        """Number of rows with a value in a column."""
        return self.rows - self.sum("null", column.column)

    def is_undeclared(self, column: State | ProfileColumn) -> str:
        """Condition in SQL: a category has a value that the description does not name."""
        declared = [*column.values, *((*column.same_as, column.other) if isinstance(column, State) else ())]
        return f"{self.text(column.column)} NOT IN ({', '.join(map(sql_text, declared))})"

    def text(self, column: str) -> str:
        """A value as it is compared with those of a description, in SQL: as text; a boolean is 1 or 0."""
        name = f"CAST({sql_name(column)} AS TINYINT)" if column in self.flags else sql_name(column)
        return f"CAST({name} AS VARCHAR)"

    def values(self, column: str, where: str = "true") -> str:
        """The commonest values of a column, with the number of rows of each."""
        counts = self.query(
            f"SELECT {self.text(column)} AS value, count(*) AS n FROM {VIEW}"
            f" WHERE {sql_name(column)} IS NOT NULL AND ({where}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SHOWN + 1}"
        )
        named = [f"{in_one_line(value, 40)} ({rows(n)})" for value, n in counts.head(SHOWN).itertuples(index=False)]
        return ", ".join(named) + " and more" * (len(counts) > SHOWN)

    def days(self, month: pd.Timestamp) -> list[str]:
        """The snapshot dates in a month, the first of them."""
        dates = self.query(f"SELECT DISTINCT {self.month} FROM {VIEW} WHERE {self._in(month)} ORDER BY 1 LIMIT {SHOWN}")
        return [f"{day:%Y-%m-%d}" for day in dates.iloc[:, 0]]

    def doubled(self, month: pd.Timestamp) -> tuple[int, int]:
        """The first customer with several rows in a month, and their number."""
        first = self.query(
            f"SELECT {self.customer}, count(*) FROM {VIEW} WHERE {self._in(month)} AND {self.customer} IS NOT NULL"
            " GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
        )
        who, count = first.astype("int64").to_numpy()[0].tolist()
        return who, count

    def _in(self, month: pd.Timestamp) -> str:
        return f"date_trunc('month', {self.month}) = DATE '{month:%Y-%m-%d}'"

    def query(self, sql: str) -> pd.DataFrame:
        """The rows of a query."""
        result: pd.DataFrame = self.connection.execute(sql).df()
        return result


def not_a_flag(item: str) -> str:
    """Condition in SQL: a product column is neither 0, 1 nor null."""
    return f"CAST({sql_name(item)} AS BIGINT) NOT IN (0, 1)"


def rows(count: int) -> str:
    """A number of rows as text."""
    return f"{count:,} row{'s' * (count != 1)}"
