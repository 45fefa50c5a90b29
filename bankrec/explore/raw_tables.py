"""Tables of Santander's raw file and of what its clean snapshots have beside the description, as pandas frames.

Tables of holdings and their changes, for any bank, are in `bankrec.explore.holdings_tables`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bankrec.bank.spellings import MISSING_SPELLINGS
from bankrec.cleaning.rules import NEARLY_EMPTY
from bankrec.explore.tables import Tables
from bankrec.santander.columns import PRODUCT_COLUMNS, PRODUCTS, RAW

MEANING = {
    "fecha_dato": "month of the snapshot",
    "ncodpers": "number of the customer",
    "ind_empleado": "employee: A active, B former, F subsidiary, N no, P passive, S spouse",
    "pais_residencia": "country of residence",
    "sexo": "sex: H woman (hembra), V man (varón)",
    "age": "age in years",
    "fecha_alta": "date of becoming a customer",
    "ind_nuevo": "1: customer for less than six months",
    "antiguedad": "seniority: months as a customer",
    "indrel": "1: customer at the month's end, 99: left during the month",
    "ult_fec_cli_1t": "last date as a customer, where indrel is 99",
    "indrel_1mes": "relation at the month's start: 1 main, 2 co-owner, P possible, 3 and 4 former",
    "tiprel_1mes": "relation at the month's start: A active, I inactive, P former, R possible",
    "indresi": "residence in the bank's country: S yes, N no",
    "indext": "born abroad: S yes, N no",
    "conyuemp": "spouse of an employee: S yes, N no",
    "canal_entrada": "channel of joining",
    "indfall": "deceased: S yes, N no",
    "tipodom": "type of address",
    "cod_prov": "code of the province",
    "nomprov": "name of the province",
    "ind_actividad_cliente": "1: active customer",
    "renta": "gross income of the household, EUR a year",
    "segmento": "TOP, PARTICULARES (individuals), UNIVERSITARIO (graduates)",
}
_PADDING = "' \t\n\r\v\f'"  # what Ibis' `strip` takes off in cleaning
_SPELLINGS = ", ".join(f"'{text}'" for text in MISSING_SPELLINGS)


def is_missing(name: str) -> str:
    """Whether a raw column has no value, in SQL, by the spellings of cleaning (`bankrec.cleaning.spellings`)."""
    return f"trim(coalesce({name}, ''), {_PADDING}) IN ({_SPELLINGS})"


def columns(tables: Tables) -> pd.DataFrame:
    """A row per raw column: what it means, share of empty values, number of different values, the most frequent one.

    Of values that are equally frequent the first in the order of text is shown: the same data, the same table.
    """
    summaries = pd.concat([tables.table(_summary(name)) for name in RAW])  # a column at a time: exact, in little memory
    meanings = MEANING | {product.id: f"product: {product.names['en']}" for product in PRODUCTS}
    return pd.DataFrame(
        {
            "meaning": [meanings[name] for name in RAW],
            "missing": summaries["missing"].to_numpy(dtype=float).round(4),
            "values": summaries["different"].to_numpy(dtype=int),
            "the most frequent": summaries["frequent"].to_numpy(),
        },
        index=pd.Index(RAW, name="column"),
    )


def _summary(name: str) -> str:
    """Of one raw column: `missing` share, `different` values and the most `frequent` of them."""
    return f"""WITH kinds AS (SELECT {name} AS value, count(*) AS n, {is_missing(name)} AS empty FROM raw GROUP BY ALL)
        SELECT coalesce(sum(n) FILTER (empty), 0) / sum(n) AS missing, count(*) FILTER (NOT empty) AS different,
        (SELECT value FROM kinds WHERE NOT empty ORDER BY n DESC, value LIMIT 1) AS frequent FROM kinds"""


def size(tables: Tables) -> pd.Series:
    """Rows, customers and months of the raw file, and how they relate."""
    return tables.table(
        """SELECT count(*) AS rows, count(DISTINCT ncodpers) AS customers, count(DISTINCT fecha_dato) AS months,
        count(*) / count(DISTINCT ncodpers) AS "rows a customer",
        count(*) - count(DISTINCT (ncodpers, fecha_dato)) AS "rows beyond one a customer and month" FROM raw"""
    ).iloc[0]


def missing_by_month(tables: Tables) -> pd.DataFrame:
    """Share of rows without a value, by column (those in which one is ever missing) and month."""
    parts = ", ".join(f"avg(({is_missing(name)})::int) AS {name}" for name in RAW)
    shares = tables.table(f"SELECT fecha_dato[:7] AS month, {parts} FROM raw GROUP BY ALL ORDER BY month")
    shares = shares.set_index("month").drop(columns=["fecha_dato"]).T
    return shares[shares.max(axis=1) > 0]


def nearly_empty(tables: Tables) -> pd.DataFrame:
    """Rows in which nearly all of the profile is missing, by month, and the share that hold any product."""
    empty = " AND ".join(is_missing(name) for name in NEARLY_EMPTY)
    held = " + ".join(f"(trim(coalesce({name}, '')) = '1')::int" for name in PRODUCT_COLUMNS)
    return tables.table(
        f"""SELECT fecha_dato[:7] AS month, count(*) AS rows, count(DISTINCT ncodpers) AS customers,
        coalesce(avg(({held} > 0)::int), 0) AS "share with a product"
        FROM raw WHERE {empty} GROUP BY ALL ORDER BY month"""
    ).set_index("month")


def spellings(tables: Tables, names: Sequence[str]) -> pd.DataFrame:
    """How the values of some raw columns are written, every digit as 9: rows of each form, in quotes."""
    parts = [
        f"""SELECT '{name}' AS column, '"' || regexp_replace(coalesce({name}, ''), '[0-9]', '9', 'g') || '"' AS form,
        count(*) AS rows FROM raw GROUP BY ALL"""
        for name in names
    ]
    query = " UNION ALL ".join(parts)
    return tables.table(f"{query} ORDER BY 1, 3 DESC, 2").set_index(["column", "form"])


def impossible(tables: Tables) -> pd.DataFrame:
    """Values of the raw numbers that can't be true: each kind of value, and the rows with it."""
    age, tenure, income = (f"TRY_CAST(trim({name}) AS DOUBLE)" for name in ("age", "antiguedad", "renta"))
    cases = {
        "age under 18": f"{age} < 18",
        "age over 100": f"{age} > 100",
        "negative seniority (-999999)": f"{tenure} < 0",
        "income over 1 million EUR": f"{income} > 1e6",
        "income over 10 million EUR": f"{income} > 1e7",
        "joined after the snapshot": "TRY_CAST(fecha_alta AS DATE) > TRY_CAST(fecha_dato AS DATE)",
    }
    parts = ", ".join(f'count(*) FILTER ({case}) AS "{name}"' for name, case in cases.items())
    counts = tables.table(f"SELECT {parts}, count(*) AS rows FROM raw").iloc[0]
    table = counts.drop("rows").astype(int).to_frame("rows")
    return table.assign(share=table["rows"] / max(counts["rows"], 1))


def incomes(tables: Tables) -> pd.DataFrame:
    """Quantiles of known incomes (EUR a year) by segment, in the last month."""
    return tables.table(
        """SELECT segmento AS segment, count(*) AS customers, quantile_cont(renta, 0.01) AS "1%",
        quantile_cont(renta, 0.25) AS "25%", median(renta) AS "50%", quantile_cont(renta, 0.75) AS "75%",
        quantile_cont(renta, 0.99) AS "99%", max(renta) AS max FROM clean
        WHERE NOT renta_imputed AND fecha_dato = (SELECT max(fecha_dato) FROM clean) GROUP BY ALL ORDER BY segment"""
    ).set_index("segment")


def joiners_by_year(tables: Tables) -> pd.Series:
    """Customers by the year in which they joined (`fecha_alta`)."""
    counts = tables.table(
        """SELECT year(fecha_alta) AS year, count(DISTINCT ncodpers) AS customers FROM clean
        GROUP BY ALL ORDER BY year"""
    )
    return counts.set_index("year")["customers"]


def changing_seniority(tables: Tables) -> pd.Series:
    """Share of customers whose seniority (`antiguedad`) changes from one month of the raw file to the next."""
    shares = tables.table(
        """SELECT strftime(month, '%Y-%m') AS month, avg((now IS DISTINCT FROM before)::int) AS share FROM (
        SELECT month, now, lag(now) OVER past AS before, lag(month) OVER past AS last FROM (
        SELECT ncodpers, TRY_CAST(fecha_dato AS DATE) AS month, TRY_CAST(trim(antiguedad) AS INT) AS now FROM raw)
        WHERE month IS NOT NULL AND now IS NOT NULL WINDOW past AS (PARTITION BY ncodpers ORDER BY month))
        WHERE date_diff('month', last, month) = 1 GROUP BY ALL ORDER BY month"""
    )
    return shares.set_index("month")["share"]
