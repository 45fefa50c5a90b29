"""Presence of customers by month: joiners, leavers, and customers who are absent for a time."""

from __future__ import annotations

import pandas as pd

from bankrec.explore.tables import Tables


def presence(tables: Tables) -> pd.DataFrame:
    """A row per month: customers; joined (first seen), returned (absent the month before, seen earlier), left.

    left: present the month before, and in no later month. Who joins in the first month is not known.
    """
    table = tables.table(
        """SELECT strftime(month, '%Y-%m') AS month, count(*) AS customers, count(*) FILTER (first = month) AS joined,
        count(*) FILTER (date_diff('month', previous, month) > 1) AS returned, count(*) FILTER (last = month) AS left
        FROM (SELECT *, lag(month) OVER (PARTITION BY customer ORDER BY month) AS previous FROM flags)
        GROUP BY ALL ORDER BY month"""
    ).set_index("month")
    table["left"] = table["left"].shift(1, fill_value=0)
    table.iloc[0, 1] = 0
    return table


def absences(tables: Tables) -> pd.Series:
    """Customers, those who were absent for a time and returned, and the months absent."""
    totals = tables.table(
        """SELECT count(*) AS customers, count(*) FILTER (gaps > 0) AS absent,
        coalesce(sum(gaps), 0)::bigint AS "months absent"
        FROM (SELECT customer, date_diff('month', min(month), max(month)) + 1 - count(*) AS gaps
        FROM flags GROUP BY ALL)"""
    )
    return totals.iloc[0].astype(int)
