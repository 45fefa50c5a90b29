"""Tables of what is held, added and dropped by month, of any bank in `bankrec.explore.tables`.

Customers are counted in DuckDB by what they held before and after; the few thousand kinds of steps that
are left are counted by product in numpy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.bank.description import Bank
from bankrec.explore.tables import Tables
from bankrec.holdings import all_held, unpack

_LAST = "SELECT flags, count(*) AS n FROM flags WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL"
_ADDED = "((after & ~before) & {all})"
Bits = npt.NDArray[np.float64]


def _bits(tables: Tables, flags: pd.Series) -> Bits:
    """A column a product: 1.0 where its bit is set."""
    return unpack(flags.to_numpy(dtype=np.int64).astype(np.uint64), tables.bank.n).astype(np.float64)


def _names(tables: Tables) -> list[str]:
    return list(tables.bank.catalogue.names)


def _query(tables: Tables, text: str) -> pd.DataFrame:
    """The result of a query in which `{added}`, `{all}` and `{active}` stand for the bits of the bank's words."""
    every = int(all_held(tables.bank.n))
    added = _ADDED.replace("{all}", str(every))
    asked = text.replace("{added}", added).replace("{all}", str(every)).replace("{active}", str(tables.bank.n))
    return tables.table(asked)


def products(bank: Bank) -> pd.DataFrame:
    """The products of a bank: item id, name in each language, group."""
    names = {language: [product.names[language] for product in bank.products] for language in bank.languages}
    return pd.DataFrame(names | {"group": bank.catalogue.groups}, index=pd.Index(bank.ids, name="column"))


def months(tables: Tables) -> pd.DataFrame:
    """A row per month: customers, joiners (first seen then), share without products, products a customer."""
    return _query(
        tables,
        """SELECT strftime(month, '%Y-%m') AS month, count(*) AS customers,
        count(*) FILTER (first = month) AS joiners, avg((flags & {all} = 0)::int) AS "without products",
        avg((flags & {all} = 0)::int) FILTER (first = month) AS "joiners without products",
        avg(bit_count(flags & {all})) AS "products a customer" FROM flags GROUP BY ALL ORDER BY month""",
    ).set_index("month")


def prevalence(tables: Tables) -> pd.Series:
    """Share of customer-months that hold each product, the largest first."""
    kinds = _query(tables, "SELECT flags, count(*) AS n FROM flags GROUP BY ALL")
    share = kinds["n"].to_numpy() @ _bits(tables, kinds["flags"]) / kinds["n"].sum()
    return pd.Series(share, index=_names(tables), name="share").sort_values(ascending=False)


def goes_with(tables: Tables, most: int = 12) -> pd.DataFrame:
    """Lift of holding two of the commonest products together in the last month: 1 is by chance."""
    kinds = _query(tables, _LAST)
    held, n = _bits(tables, kinds["flags"]), kinds["n"].to_numpy(dtype=np.float64)
    share = n @ held / n.sum()
    chosen = np.argsort(-share, kind="stable")[:most]
    both = held[:, chosen].T @ (held[:, chosen] * n[:, None]) / n.sum()
    lift = both / np.maximum(np.outer(share[chosen], share[chosen]), 1e-12)
    np.fill_diagonal(lift, np.nan)
    names = [tables.bank.catalogue.names[bit] for bit in chosen]
    return pd.DataFrame(lift, index=names, columns=names)


def _steps(tables: Tables) -> pd.DataFrame:
    return _query(
        tables,
        """SELECT strftime(month, '%Y-%m') AS month, before & {all} AS before, after & {all} AS after,
        ever & {all} AS ever, count(*) AS n FROM moves WHERE before & {all} <> after & {all} GROUP BY ALL""",
    )


def additions(tables: Tables) -> pd.DataFrame:
    """Customers who add each product, by month (rows) and product (columns, the most added first)."""
    steps = _steps(tables)
    counted = _bits(tables, steps["after"] & ~steps["before"]) * steps[["n"]].to_numpy()
    table = pd.DataFrame(counted, columns=_names(tables)).groupby(steps["month"].to_numpy()).sum().astype(int)
    table.index.name = "month"
    return table[table.sum().sort_values(ascending=False, kind="stable").index]


def flows(tables: Tables) -> pd.DataFrame:
    """A row per product: holders in the last month; added and dropped in an average month; share regained.

    Regained: of the additions, those by customers who held the product in some earlier month.
    """
    steps, n_months = _steps(tables), int(_query(tables, "SELECT count(DISTINCT month) AS n FROM moves")["n"].iloc[0])
    last = _query(tables, _LAST)
    n, added = steps["n"].to_numpy(), _bits(tables, steps["after"] & ~steps["before"])
    total = n @ added
    table = pd.DataFrame(
        {
            "held": last["n"].to_numpy() @ _bits(tables, last["flags"]),
            "added a month": total / max(n_months, 1),
            "dropped a month": n @ _bits(tables, steps["before"] & ~steps["after"]) / max(n_months, 1),
            "share of all additions": total / max(total.sum(), 1),
            "regained": n @ (added * _bits(tables, steps["ever"])) / np.where(total > 0, total, np.nan),
        },
        index=pd.Index(_names(tables), name="product"),
    )
    table = table.sort_values("added a month", ascending=False, kind="stable")
    whole = ["held", "added a month", "dropped a month"]
    return table.assign(**table[whole].round().astype(int))


def together(tables: Tables, most: int = 10) -> pd.DataFrame:
    """Of the customers who add the row's product, the share who add the column's in the same month."""
    steps = _steps(tables)
    added, n = _bits(tables, steps["after"] & ~steps["before"]), steps["n"].to_numpy(dtype=np.float64)
    both = added.T @ (added * n[:, None])
    chosen = np.argsort(-np.diag(both), kind="stable")[:most]
    share = both[np.ix_(chosen, chosen)] / np.maximum(np.diag(both)[chosen][:, None], 1)
    np.fill_diagonal(share, np.nan)
    names = [tables.bank.catalogue.names[bit] for bit in chosen]
    return pd.DataFrame(share, index=names, columns=names)


def adders(tables: Tables) -> pd.DataFrame:
    """A row per month: customers present in it and the month before, share who add anything, additions each."""
    return _query(
        tables,
        """SELECT strftime(month, '%Y-%m') AS month, count(*) AS "present in both months",
        avg(({added} <> 0)::int) AS "share who add",
        sum(bit_count({added})) / nullif(count(*) FILTER ({added} <> 0), 0) AS "additions an adder"
        FROM moves GROUP BY ALL ORDER BY month""",
    ).set_index("month")


def cohorts(tables: Tables) -> pd.DataFrame:
    """Customers by the quarter in which they are first seen: share without products and active in the last month, share
    who add in a month.
    """
    cohort = """CASE WHEN first = (SELECT min(month) FROM flags) THEN 'the first month'
        ELSE year(first) || ' Q' || quarter(first) END"""
    return _query(
        tables,
        f"""WITH last AS (SELECT {cohort} AS "first seen", count(*) AS customers,
        avg((flags & {{all}} = 0)::int) AS "without products", avg((flags >> {{active}}) & 1) AS active
        FROM flags WHERE month = (SELECT max(month) FROM flags) GROUP BY ALL),
        adding AS (SELECT {cohort} AS "first seen", avg(({{added}} <> 0)::int) AS "add in a month"
        FROM moves GROUP BY ALL)
        SELECT last.*, "add in a month" FROM last LEFT JOIN adding USING ("first seen")
        ORDER BY "first seen" <> 'the first month', 1""",
    ).set_index("first seen")


def activity(tables: Tables) -> pd.DataFrame:
    """Share of active customers in the month before and in the month itself: of all, and of those who add."""
    return _query(
        tables,
        """SELECT CASE WHEN {added} <> 0 THEN 'add something' ELSE 'add nothing' END AS customers,
        count(*) AS "customer-months", avg((before >> {active}) & 1) AS "active the month before",
        avg((after >> {active}) & 1) AS "active in the month" FROM moves GROUP BY ALL ORDER BY 1""",
    ).set_index("customers")
