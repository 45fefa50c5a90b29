"""Presence of customers by month: joiners, leavers, and customers who are absent for a time."""

from __future__ import annotations

import pandas as pd

from bankrec.explore.tables import Tables

_GAPS = """SELECT month, date_diff('month', lag(month) OVER (PARTITION BY customer ORDER BY month), month) - 1 AS gap
    FROM flags"""


def presence(tables: Tables) -> pd.DataFrame:
    """A row per month: customers; joined (first seen), returned (absent the month before, seen earlier), left.

    left: present the month before, and in no later month. Who joins in the first month is not known.
    """
    months = tables.table("SELECT DISTINCT month FROM flags ORDER BY month")["month"]
    counted = tables.table("SELECT month, count(*) AS customers FROM flags GROUP BY ALL").set_index("month")[
        "customers"
    ]
    joined = tables.table("SELECT first AS month, count(DISTINCT customer) AS n FROM flags GROUP BY ALL")
    last = tables.table("SELECT last AS month, count(DISTINCT customer) AS n FROM flags GROUP BY ALL")
    returned = tables.table(f"SELECT month, count(*) AS n FROM ({_GAPS}) WHERE gap > 0 GROUP BY ALL")
    left = last.set_index("month")["n"].reindex(months, fill_value=0).shift(1, fill_value=0)
    table = pd.DataFrame(
        {
            "customers": counted.reindex(months, fill_value=0),
            "joined": joined.set_index("month")["n"].reindex(months, fill_value=0),
            "returned": returned.set_index("month")["n"].reindex(months, fill_value=0),
            "left": left,
        }
    ).astype(int)
    table.iloc[0, 1] = 0
    return table.set_index(pd.Index([f"{month:%Y-%m}" for month in months], name="month"))


def absences(tables: Tables) -> pd.Series:
    """Customers, those who were absent for a time and returned, and the months absent."""
    return (
        tables.table(
            """SELECT count(*) AS customers, count(*) FILTER (gaps > 0) AS absent,
        coalesce(sum(gaps), 0)::bigint AS "months absent"
        FROM (SELECT customer, date_diff('month', min(month), max(month)) + 1 - count(*) AS gaps
        FROM flags GROUP BY ALL)"""
        )
        .iloc[0]
        .astype(int)
    )
