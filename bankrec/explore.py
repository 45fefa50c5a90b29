"""Tables of the exploratory notebook: small pandas frames from the raw file and the clean snapshots.

Everything is aggregated in DuckDB, so that the real file of 13.6 million rows needs no more memory than
a small one.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bankrec.products import PRODUCT_COLUMNS, PRODUCTS

MEANING = {
    "fecha_dato": "month of the snapshot",
    "ncodpers": "number of the customer",
    "ind_empleado": "employee: A active, B former, F subsidiary, N no, P passive, S spouse",
    "pais_residencia": "country of residence",
    "sexo": "sex: H woman, V man",
    "age": "age in years",
    "fecha_alta": "date of becoming a customer",
    "ind_nuevo": "1: customer for less than six months",
    "antiguedad": "months as a customer",
    "indrel": "1: first customer, 99: left in the month",
    "ult_fec_cli_1t": "last day as a first customer",
    "indrel_1mes": "kind of customer at the start of the month: 1 first, 2 co-owner, P possible, 3, 4 former",
    "tiprel_1mes": "relation: A active, I inactive, P former, R possible",
    "indresi": "residence in the bank's country: S yes, N no",
    "indext": "born abroad: S yes, N no",
    "conyuemp": "spouse of an employee",
    "canal_entrada": "channel of joining",
    "indfall": "deceased: S yes, N no",
    "tipodom": "type of address",
    "cod_prov": "code of the province",
    "nomprov": "name of the province",
    "ind_actividad_cliente": "1: active customer",
    "renta": "gross income of the household, EUR a year",
    "segmento": "TOP, PARTICULARES (individuals), UNIVERSITARIO (graduates)",
}


class Bank:
    """A DuckDB connection with the raw file as `raw` (all text) and the clean snapshots as `clean`."""

    def __init__(self, raw: Path, clean: Path | None = None) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(
            f"CREATE VIEW raw AS SELECT * FROM read_csv('{raw}', header = true, all_varchar = true)"
        )
        if clean is not None:
            self.add_clean(clean)

    def add_clean(self, clean: Path) -> None:
        """Add the clean snapshots, one parquet file or a folder of them."""
        files = f"{clean}/*.parquet" if clean.is_dir() else str(clean)
        self._connection.execute(f"CREATE OR REPLACE VIEW clean AS SELECT * FROM read_parquet('{files}')")

    def table(self, query: str) -> pd.DataFrame:
        """The result of a query as a frame."""
        frame: pd.DataFrame = self._connection.execute(query).df()
        return frame


def columns(bank: Bank) -> pd.DataFrame:
    """A row per raw column: what it means, share of empty values, an example. Looks at the first 100,000 rows."""
    names = bank.table("SELECT * FROM raw LIMIT 0").columns
    parts = [
        f"SELECT '{name}' AS name, avg((trim(coalesce({name}, '')) IN ('', 'NA'))::int) AS missing, "
        f"first({name}) FILTER (trim({name}) NOT IN ('', 'NA')) AS example FROM few"
        for name in names
    ]
    found = bank.table(f"WITH few AS (SELECT * FROM raw LIMIT 100000) {' UNION ALL '.join(parts)}")
    products = {product.column: f"product: {product.english}" for product in PRODUCTS}
    found.insert(1, "meaning", found["name"].map(MEANING | products))
    return found.set_index("name").loc[list(names)]


def months(bank: Bank) -> pd.DataFrame:
    """A row per month: customers, joiners (first seen), share without any product."""
    total = " + ".join(PRODUCT_COLUMNS)
    return bank.table(
        f"""WITH first AS (SELECT ncodpers, min(fecha_dato) AS month FROM clean GROUP BY ALL),
        held AS (SELECT fecha_dato, ncodpers, {total} AS products FROM clean)
        SELECT strftime(fecha_dato, '%Y-%m') AS month, count(*) AS customers,
        count(*) FILTER (first.month = fecha_dato) AS joiners,
        avg((products = 0)::int) AS "without products",
        avg((products = 0)::int) FILTER (first.month = fecha_dato) AS "joiners without products",
        avg(products) AS "products a customer"
        FROM held JOIN first USING (ncodpers) GROUP BY fecha_dato ORDER BY fecha_dato"""
    ).set_index("month")


def counts(bank: Bank, name: str, table: str = "raw", limit: int = 12) -> pd.DataFrame:
    """Rows and share of each value of a column, the most frequent first."""
    return bank.table(
        f"""SELECT {name} AS value, count(*) AS rows, count(*) / sum(count(*)) OVER () AS share
        FROM {table} GROUP BY ALL ORDER BY rows DESC, value LIMIT {limit}"""
    ).set_index("value")


def prevalence(bank: Bank) -> pd.Series:
    """Share of customer-months that hold each product, the largest first."""
    means = bank.table("SELECT " + ", ".join(f"avg({name}) AS {name}" for name in PRODUCT_COLUMNS) + " FROM clean")
    share = means.iloc[0].rename({product.column: product.english for product in PRODUCTS})
    return share.sort_values(ascending=False)


def incomes(bank: Bank) -> pd.DataFrame:
    """Quantiles of known incomes (EUR a year) by segment."""
    return bank.table(
        """SELECT segmento AS segment, count(*) AS rows, quantile_cont(renta, 0.01) AS "1%",
        quantile_cont(renta, 0.25) AS "25%", median(renta) AS "50%", quantile_cont(renta, 0.75) AS "75%",
        quantile_cont(renta, 0.99) AS "99%", max(renta) AS max
        FROM clean WHERE NOT renta_imputed GROUP BY ALL ORDER BY segment"""
    ).set_index("segment")


def correlations(bank: Bank) -> pd.DataFrame:
    """Correlation of the numbers of a profile and the number of products held."""
    names = ["age", "antiguedad", "renta", "products"]
    pairs = ", ".join(f'corr({one}, {other}) AS "{one}|{other}"' for one in names for other in names)
    total = " + ".join(PRODUCT_COLUMNS)
    row = bank.table(f"SELECT {pairs} FROM (SELECT *, {total} AS products FROM clean)").iloc[0]
    return pd.DataFrame(row.to_numpy(dtype=float).reshape(4, 4), index=names, columns=names)


def joiners_by_year(bank: Bank) -> pd.Series:
    """Customers by the year in which they joined (`fecha_alta`)."""
    found = bank.table(
        """SELECT year(fecha_alta) AS year, count(DISTINCT ncodpers) AS customers FROM clean
        GROUP BY ALL ORDER BY year"""
    )
    return found.set_index("year")["customers"]


def flows(bank: Bank) -> pd.DataFrame:
    """A row per product: held in the last month, added and dropped in an average month, customers."""
    parts = [
        f"""SELECT {product.bit} AS bit, sum(after.{product.column}) FILTER (after.fecha_dato = last) AS held,
        sum((after.{product.column} > before.{product.column})::int) / (count(DISTINCT after.fecha_dato)) AS added,
        sum((after.{product.column} < before.{product.column})::int) / (count(DISTINCT after.fecha_dato)) AS dropped
        FROM pairs"""
        for product in PRODUCTS
    ]
    query = f"""WITH pairs AS (SELECT before, after, (SELECT max(fecha_dato) FROM clean) AS last
        FROM clean AS after JOIN clean AS before ON after.ncodpers = before.ncodpers
        AND date_diff('month', before.fecha_dato, after.fecha_dato) = 1)
        {" UNION ALL ".join(parts)} ORDER BY bit"""
    found = bank.table(query)
    found.index = pd.Index([product.english for product in PRODUCTS], name="product")
    return found.drop(columns="bit").sort_values("added", ascending=False)


def goes_with(bank: Bank, most: int = 12) -> pd.DataFrame:
    """Lift of holding two products together in the last month: 1 is by chance."""
    last = bank.table(
        f"SELECT {', '.join(PRODUCT_COLUMNS)} FROM clean WHERE fecha_dato = (SELECT max(fecha_dato) FROM clean)"
    ).to_numpy(dtype=np.float64)
    share = last.mean(axis=0)
    chosen = np.argsort(-share)[:most]
    both = last[:, chosen].T @ last[:, chosen] / len(last)
    names = [PRODUCTS[bit].english for bit in chosen]
    lift = both / np.maximum(np.outer(share[chosen], share[chosen]), 1e-12)
    np.fill_diagonal(lift, np.nan)
    return pd.DataFrame(lift, index=names, columns=names)


def frozen_seniority(bank: Bank) -> pd.Series:
    """Share of customers whose seniority (`antiguedad`) changes from one month to the next."""
    found = bank.table(
        """SELECT strftime(after.fecha_dato, '%Y-%m') AS month,
        avg((after.antiguedad <> before.antiguedad)::int) AS share
        FROM clean AS after JOIN clean AS before ON after.ncodpers = before.ncodpers
        AND date_diff('month', before.fecha_dato, after.fecha_dato) = 1 GROUP BY ALL ORDER BY month"""
    )
    return found.set_index("month")["share"]
