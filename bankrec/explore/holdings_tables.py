"""Tables of what is held, added and dropped by month, from a bank of `bankrec.explore.raw_tables`.

Customers are counted in DuckDB by what they held before and after; the few thousand kinds of steps that
are left are counted by product in numpy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.explore.raw_tables import ACTIVE_BIT, Bank
from bankrec.holdings import all_held, unpack
from bankrec.santander.products import PRODUCTS

NAMES = [product.names["en"] for product in PRODUCTS]
_ALL = int(all_held(len(PRODUCTS)))
_ADDED = f"((after & ~before) & {_ALL})"
_LAST = "SELECT flags, count(*) AS n FROM flags WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL"
Bits = npt.NDArray[np.float64]


def _bits(flags: pd.Series) -> Bits:
    """A column a product: 1.0 where its bit is set."""
    return unpack(flags.to_numpy(dtype=np.int64).astype(np.uint64), len(PRODUCTS)).astype(np.float64)


def months(bank: Bank) -> pd.DataFrame:
    """A row per month: customers, joiners (first seen then), share without products, products a customer."""
    return bank.table(
        f"""SELECT strftime(month, '%Y-%m') AS month, count(*) AS customers,
        count(*) FILTER (first = month) AS joiners, avg((flags & {_ALL} = 0)::int) AS "without products",
        avg((flags & {_ALL} = 0)::int) FILTER (first = month) AS "joiners without products",
        avg(bit_count(flags & {_ALL})) AS "products a customer" FROM flags GROUP BY ALL ORDER BY month"""
    ).set_index("month")


def prevalence(bank: Bank) -> pd.Series:
    """Share of customer-months that hold each product, the largest first."""
    kinds = bank.table("SELECT flags, count(*) AS n FROM flags GROUP BY ALL")
    share = kinds["n"].to_numpy() @ _bits(kinds["flags"]) / kinds["n"].sum()
    return pd.Series(share, index=NAMES, name="share").sort_values(ascending=False)


def goes_with(bank: Bank, most: int = 12) -> pd.DataFrame:
    """Lift of holding two of the commonest products together in the last month: 1 is by chance."""
    kinds = bank.table(_LAST)
    held, n = _bits(kinds["flags"]), kinds["n"].to_numpy(dtype=np.float64)
    share = n @ held / n.sum()
    chosen = np.argsort(-share, kind="stable")[:most]
    both = held[:, chosen].T @ (held[:, chosen] * n[:, None]) / n.sum()
    lift = both / np.maximum(np.outer(share[chosen], share[chosen]), 1e-12)
    np.fill_diagonal(lift, np.nan)
    names = [NAMES[bit] for bit in chosen]
    return pd.DataFrame(lift, index=names, columns=names)


def _steps(bank: Bank) -> pd.DataFrame:
    return bank.table(
        f"""SELECT strftime(month, '%Y-%m') AS month, before & {_ALL} AS before, after & {_ALL} AS after,
        ever & {_ALL} AS ever, count(*) AS n FROM moves WHERE before & {_ALL} <> after & {_ALL} GROUP BY ALL"""
    )


def additions(bank: Bank) -> pd.DataFrame:
    """Customers who add each product, by month (rows) and product (columns, the most added first)."""
    steps = _steps(bank)
    counted = _bits(steps["after"] & ~steps["before"]) * steps[["n"]].to_numpy()
    table = pd.DataFrame(counted, columns=NAMES).groupby(steps["month"].to_numpy()).sum().astype(int)
    table.index.name = "month"
    return table[table.sum().sort_values(ascending=False, kind="stable").index]


def flows(bank: Bank) -> pd.DataFrame:
    """A row per product: holders in the last month; added and dropped in an average month; share regained.

    Regained: of the additions, those by customers who held the product in some earlier month.
    """
    steps, n_months = _steps(bank), int(bank.table("SELECT count(DISTINCT month) AS n FROM moves")["n"].iloc[0])
    last = bank.table(_LAST)
    n, added = steps["n"].to_numpy(), _bits(steps["after"] & ~steps["before"])
    total = n @ added
    table = pd.DataFrame(
        {
            "held": last["n"].to_numpy() @ _bits(last["flags"]),
            "added a month": total / max(n_months, 1),
            "dropped a month": n @ _bits(steps["before"] & ~steps["after"]) / max(n_months, 1),
            "share of all additions": total / max(total.sum(), 1),
            "regained": n @ (added * _bits(steps["ever"])) / np.where(total > 0, total, np.nan),
        },
        index=pd.Index(NAMES, name="product"),
    )
    table = table.sort_values("added a month", ascending=False, kind="stable")
    whole = ["held", "added a month", "dropped a month"]
    return table.assign(**table[whole].round().astype(int))


def together(bank: Bank, most: int = 10) -> pd.DataFrame:
    """Of the customers who add the row's product, the share who add the column's in the same month."""
    steps = _steps(bank)
    added, n = _bits(steps["after"] & ~steps["before"]), steps["n"].to_numpy(dtype=np.float64)
    both = added.T @ (added * n[:, None])
    chosen = np.argsort(-np.diag(both), kind="stable")[:most]
    share = both[np.ix_(chosen, chosen)] / np.maximum(np.diag(both)[chosen][:, None], 1)
    np.fill_diagonal(share, np.nan)
    names = [NAMES[bit] for bit in chosen]
    return pd.DataFrame(share, index=names, columns=names)


def adders(bank: Bank) -> pd.DataFrame:
    """A row per month: customers present in it and the month before, share who add anything, additions each."""
    return bank.table(
        f"""SELECT strftime(month, '%Y-%m') AS month, count(*) AS "present in both months",
        avg(({_ADDED} <> 0)::int) AS "share who add",
        sum(bit_count({_ADDED})) / nullif(count(*) FILTER ({_ADDED} <> 0), 0) AS "additions an adder"
        FROM moves GROUP BY ALL ORDER BY month"""
    ).set_index("month")


def cohorts(bank: Bank) -> pd.DataFrame:
    """Customers by when they are first seen: share without products in the last month, share who add in a month."""
    cohort = """CASE WHEN first = (SELECT min(month) FROM flags) THEN '1 from the first month'
        WHEN strftime(first, '%Y-%m') < '2015-07' THEN '2 until June 2015'
        WHEN strftime(first, '%Y-%m') = '2015-07' THEN '3 in July 2015' ELSE '4 later' END"""
    return bank.table(
        f"""WITH last AS (SELECT {cohort} AS "first seen", count(*) AS customers,
        avg((flags & {_ALL} = 0)::int) AS "without products", avg((flags >> {ACTIVE_BIT}) & 1) AS active
        FROM flags WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL),
        adding AS (SELECT {cohort} AS "first seen", avg(({_ADDED} <> 0)::int) AS "add in a month"
        FROM moves GROUP BY ALL)
        SELECT last.*, "add in a month" FROM last LEFT JOIN adding USING ("first seen") ORDER BY 1"""
    ).set_index("first seen")


def activity(bank: Bank) -> pd.DataFrame:
    """Share of active customers in the month before and in the month itself: of all, and of those who add."""
    return bank.table(
        f"""SELECT CASE WHEN {_ADDED} <> 0 THEN 'add something' ELSE 'add nothing' END AS customers,
        count(*) AS "customer-months", avg((before >> {ACTIVE_BIT}) & 1) AS "active the month before",
        avg((after >> {ACTIVE_BIT}) & 1) AS "active in the month" FROM moves GROUP BY ALL ORDER BY 1"""
    ).set_index("customers")


def frozen_seniority(bank: Bank) -> pd.Series:
    """Share of customers whose seniority (`antiguedad`) changes from one month to the next."""
    found = bank.table(
        """SELECT strftime(month, '%Y-%m') AS month, avg((now <> before)::int) AS share FROM (
        SELECT fecha_dato AS month, antiguedad AS now, lag(antiguedad) OVER past AS before,
        lag(fecha_dato) OVER past AS last FROM clean WINDOW past AS (PARTITION BY ncodpers ORDER BY fecha_dato))
        WHERE date_diff('month', last, month) = 1 GROUP BY ALL ORDER BY month"""
    )
    return found.set_index("month")["share"]
