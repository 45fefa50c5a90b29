"""Tables of what is held, acquired and dropped by month, of any bank in `bankrec.explore.tables`.

Customers are counted in DuckDB by what they held before and after; the few thousand kinds of steps that
are left are counted by product in numpy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.bank.description import Bank
from bankrec.explore.tables import Tables
from bankrec.holdings import unpack

LAST = "SELECT flags, count(*) AS n FROM flags WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL"
Bits = npt.NDArray[np.float64]


def bits(tables: Tables, flags: pd.Series) -> Bits:
    """A column a product: 1.0 where its bit is set."""
    return unpack(flags.to_numpy(dtype=np.int64).astype(np.uint64), tables.bank.n).astype(np.float64)


def names(tables: Tables) -> list[str]:
    """The products' names, in the order of their bits."""
    return list(tables.bank.catalogue.names)


def products(bank: Bank) -> pd.DataFrame:
    """The products of a bank: item id, name in each language, group."""
    called = {language: [product.names[language] for product in bank.products] for language in bank.languages}
    return pd.DataFrame(called | {"group": bank.catalogue.groups}, index=pd.Index(bank.ids, name="column"))


def months(tables: Tables) -> pd.DataFrame:
    """A row per month: customers, joiners (first seen then), shares without products, products a customer."""
    return tables.filled(
        """SELECT strftime(month, '%Y-%m') AS month, count(*) AS customers,
        count(*) FILTER (first = month) AS joiners, avg((flags & {all} = 0)::int) AS "without products",
        avg((flags & {all} = 0)::int) FILTER (first = month) AS "joiners without products",
        avg(bit_count(flags & {all})) AS "products a customer" FROM flags GROUP BY ALL ORDER BY month"""
    ).set_index("month")


def held_at_once(tables: Tables) -> pd.Series:
    """Customers of the last month by the number of products they hold, from 0 to the most that anybody holds."""
    counts = tables.filled(
        """SELECT bit_count(flags & {all}) AS products, count(*) AS customers FROM flags
        WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL"""
    ).set_index("products")["customers"]
    return counts.reindex(range(int(counts.index.max()) + 1), fill_value=0)


def prevalence(tables: Tables) -> pd.Series:
    """Share of customer-months that hold each product, the largest first."""
    kinds = tables.filled("SELECT flags, count(*) AS n FROM flags GROUP BY ALL")
    share = kinds["n"].to_numpy() @ bits(tables, kinds["flags"]) / kinds["n"].sum()
    return pd.Series(share, index=names(tables), name="share").sort_values(ascending=False, kind="stable")


def steps(tables: Tables) -> pd.DataFrame:
    """Kinds of changes from a month to the next: month, what was held before, after and ever, and `n` customers."""
    return tables.filled(
        """SELECT strftime(month, '%Y-%m') AS month, before & {all} AS before, after & {all} AS after,
        ever & {all} AS ever, count(*) AS n FROM moves WHERE before & {all} <> after & {all} GROUP BY ALL"""
    )


def acquisitions(tables: Tables) -> pd.DataFrame:
    """Customers who acquire each product, by month (rows) and product (columns, the most acquired first)."""
    changes = steps(tables)
    counted = bits(tables, changes["after"] & ~changes["before"]) * changes[["n"]].to_numpy()
    table = pd.DataFrame(counted, columns=names(tables)).groupby(changes["month"].to_numpy()).sum().astype(int)
    every = tables.table("SELECT DISTINCT strftime(month, '%Y-%m') AS month FROM moves ORDER BY month")["month"]
    table = table.reindex(every, fill_value=0).rename_axis("month")
    return table[table.sum().sort_values(ascending=False, kind="stable").index]


def flows(tables: Tables) -> pd.DataFrame:
    """A row per product: holders in the last month; acquired and dropped in an average month; share regained.

    Regained: of the acquisitions, those by customers who held the product in some earlier month.
    """
    changes = steps(tables)
    n_months = int(tables.table("SELECT count(DISTINCT month) AS n FROM moves")["n"].iloc[0])
    last = tables.table(LAST)
    n, acquired = changes["n"].to_numpy(), bits(tables, changes["after"] & ~changes["before"])
    total = n @ acquired
    table = pd.DataFrame(
        {
            "held": last["n"].to_numpy() @ bits(tables, last["flags"]),
            "acquired a month": total / max(n_months, 1),
            "dropped a month": n @ bits(tables, changes["before"] & ~changes["after"]) / max(n_months, 1),
            "share of all acquisitions": total / max(total.sum(), 1),
            "regained": n @ (acquired * bits(tables, changes["ever"])) / np.where(total > 0, total, np.nan),
        },
        index=pd.Index(names(tables), name="product"),
    )
    table = table.sort_values("acquired a month", ascending=False, kind="stable")
    whole = ["held", "acquired a month", "dropped a month"]
    return table.assign(**table[whole].round().astype(int))


def cohorts(tables: Tables) -> pd.DataFrame:
    """Customers by the quarter in which they are first seen: in the last month, share without products and active;
    share who acquire something in a month.
    """
    cohort = """CASE WHEN first = (SELECT min(month) FROM flags) THEN 'the first month'
        ELSE year(first) || ' Q' || quarter(first) END"""
    return tables.filled(
        f"""WITH last AS (SELECT {cohort} AS "first seen", count(*) AS customers,
        avg((flags & {{all}} = 0)::int) AS "without products", avg((flags >> {{active}}) & 1) AS active
        FROM flags WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL),
        acquiring AS (SELECT {cohort} AS "first seen", avg(({{acquired}} <> 0)::int) AS "acquire in a month"
        FROM moves GROUP BY ALL)
        SELECT last.*, "acquire in a month" FROM last LEFT JOIN acquiring USING ("first seen")
        ORDER BY "first seen" <> 'the first month', 1"""
    ).set_index("first seen")


def activity(tables: Tables) -> pd.DataFrame:
    """Share of active customers in the month before and in the month: of those who acquire, and of the others."""
    return tables.filled(
        """SELECT CASE WHEN {acquired} <> 0 THEN 'acquire something' ELSE 'acquire nothing' END AS customers,
        count(*) AS "customer-months", avg((before >> {active}) & 1) AS "active the month before",
        avg((after >> {active}) & 1) AS "active in the month" FROM moves GROUP BY ALL ORDER BY 1"""
    ).set_index("customers")
