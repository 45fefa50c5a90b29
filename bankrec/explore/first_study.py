"""Counts that earlier explorations of Santander's raw file reported, beside the counts of this file."""

from __future__ import annotations

import pandas as pd

from bankrec.explore.published import figures
from bankrec.explore.raw_tables import is_missing
from bankrec.explore.tables import Tables

# What is counted, by the name of its published figure: in words, and in SQL over the raw rows.
_CASES = {
    "spouses": ("rows of employees of class S, which no description lists", "trim(ind_empleado) = 'S'"),
    "left": ("rows of customers who left during the month (indrel is 99)", "trim(indrel) IN ('99', '99.0')"),
    "last_date": ("rows with a last date as a customer (ult_fec_cli_1t)", "NOT {ult_fec_cli_1t}"),
    "spouse_known": ("rows that say whether the customer is a spouse of an employee", "NOT {conyuemp}"),
    "spouse_yes": ("rows of spouses of employees (conyuemp is S)", "trim(conyuemp) = 'S'"),
    "relation_new": ("rows of the relation type N (tiprel_1mes)", "trim(tiprel_1mes) = 'N'"),
    "relation_former": ("rows of the relation 4 (indrel_1mes)", "trim(indrel_1mes) IN ('4', '4.0')"),
    "seniority_unknown": ("rows with a seniority below 0", "TRY_CAST(trim(antiguedad) AS DOUBLE) < 0"),
}
RARE = 100  # rows: a value with fewer can't be learned from


def reported(tables: Tables) -> pd.DataFrame:
    """A row a statement: rows published of the real file, rows here."""
    cases = [
        case.format(ult_fec_cli_1t=is_missing("ult_fec_cli_1t"), conyuemp=is_missing("conyuemp"))
        for _, case in _CASES.values()
    ]
    asked = ", ".join(f"count(*) FILTER ({case}) AS c{place}" for place, case in enumerate(cases))
    row = tables.table(f"SELECT {asked} FROM raw").iloc[0]
    published = figures()["first_study"]
    return pd.DataFrame(
        {"published": [published[key] for key in _CASES], "here": [int(value) for value in row]},
        index=pd.Index([words for words, _ in _CASES.values()], name="what was reported"),
    )


def last_date_follows(tables: Tables) -> float:
    """Share of the rows in which a last date stands exactly where `indrel` says that the customer left."""
    left, given = _CASES["left"][1], f"NOT {is_missing('ult_fec_cli_1t')}"
    return float(
        tables.table(f"SELECT avg((coalesce({left}, false) = ({given}))::int) AS share FROM raw")["share"].iloc[0]
    )


def rare_values(tables: Tables, columns: tuple[str, ...], fewer: int = RARE) -> pd.DataFrame:
    """How many values of each category have fewer than so many rows: column, values, rare ones, rows of these."""
    parts = [
        f"""SELECT '{column}' AS column, count(*) AS "values", count(*) FILTER (n < {fewer}) AS "rare values",
        coalesce(sum(n) FILTER (n < {fewer}), 0)::bigint AS "their rows"
        FROM (SELECT {column}, count(*) AS n FROM raw WHERE NOT {is_missing(column)} GROUP BY ALL)"""
        for column in columns
    ]
    return tables.table(" UNION ALL ".join(parts)).set_index("column").loc[list(columns)]
