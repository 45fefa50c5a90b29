"""The tables that the exploratory notebook queries: a bank's raw file and snapshots in DuckDB.

Everything is aggregated there, so that a file of 13.6 million rows needs no more memory than a small one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from bankrec.bank.description import Bank
from bankrec.holdings import all_held
from bankrec.storage.engine import plain_duckdb, sql_name, sql_text


class Tables:
    """A DuckDB connection with `raw`, all text, and once `add_clean` is called `clean`, `flags` and `moves`.

    `flags`: month, customer, `flags` (a bit a product, then whether the customer is active), `first` and `last` (months
    in which the customer is first and last seen). `moves`: a row per customer and month who was there the month before:
    `before` and `after` are flags, `ever` what was held in any earlier month.
    """

    def __init__(self, bank: Bank, raw: Path | None = None, clean: Path | None = None) -> None:
        self.bank = bank
        self._folder = tempfile.TemporaryDirectory(prefix="bankrec-explore-")
        self._connection = plain_duckdb(self._folder.name)
        if raw is not None:
            self._add_raw(raw)
        if clean is not None:
            self.add_clean(clean)

    def _add_raw(self, raw: Path) -> None:
        # The text is parsed once: every later query of the raw file reads a few columns of parquet.
        text = Path(self._folder.name) / "raw.parquet"
        source = (
            f"read_csv({sql_text(raw)}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
        )
        self._run(f"COPY (SELECT * FROM {source}) TO {sql_text(text)} (FORMAT parquet, COMPRESSION zstd)")
        self._run(f"CREATE VIEW raw AS SELECT * FROM {sql_text(text)}")

    def add_clean(self, clean: Path) -> None:
        """Add the clean snapshots, one parquet file or a folder of them."""
        bank = self.bank
        files = clean / "*.parquet" if clean.is_dir() else clean
        self._run(f"CREATE OR REPLACE VIEW clean AS SELECT * FROM read_parquet({sql_text(files)})")
        flags = " + ".join(f"coalesce({sql_name(item)}::bigint, 0) * {1 << bit}" for bit, item in enumerate(bank.ids))
        active = "false"
        if bank.activity is not None:
            yes = bank.activity.yes
            active = f"{sql_name(bank.activity.column)} = " + (f"'{yes}'" if isinstance(yes, str) else str(int(yes)))
        self._run(
            f"""CREATE OR REPLACE TABLE flags AS SELECT {sql_name(bank.month)}::date AS month,
            {sql_name(bank.customer)} AS customer, {flags} + ({active})::bigint * {1 << bank.n} AS flags,
            min({sql_name(bank.month)}::date) OVER one AS first, max({sql_name(bank.month)}::date) OVER one AS last
            FROM clean WINDOW one AS (PARTITION BY {sql_name(bank.customer)})"""
        )
        self._run(
            """CREATE OR REPLACE TABLE moves AS SELECT month, customer, first, before, flags AS after, ever FROM (
            SELECT *, lag(flags) OVER past AS before, lag(month) OVER past AS previous,
            bit_or(flags) OVER (past ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ever
            FROM flags WINDOW past AS (PARTITION BY customer ORDER BY month))
            WHERE date_diff('month', previous, month) = 1"""
        )

    def create(self, table: str, query: str) -> None:
        """Keep the result of a query as a table of the connection."""
        self._run(f"CREATE OR REPLACE TABLE {sql_name(table)} AS {query}")

    def table(self, query: str) -> pd.DataFrame:
        """The result of a query as a frame."""
        frame: pd.DataFrame = self._connection.execute(query).df()
        return frame

    def filled(self, query: str) -> pd.DataFrame:
        """The result of a query in which `{acquired}`, `{all}` and `{active}` stand for bits of the bank's words."""
        every = int(all_held(self.bank.n))
        text = query.replace("{acquired}", "((after & ~before) & {all})").replace("{all}", str(every))
        return self.table(text.replace("{active}", str(self.bank.n)))

    def _run(self, statement: str) -> None:
        self._connection.execute(statement)
