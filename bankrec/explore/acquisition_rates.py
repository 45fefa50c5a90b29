"""How many customers acquire something, by month, and by their group in the month before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.explore.groups import LOPSIDED, Grouping
from bankrec.explore.holdings_tables import bits, names
from bankrec.explore.tables import Tables
from bankrec.results import Interval
from bankrec.storage.engine import sql_name

Floats = npt.NDArray[np.float64]
_Z = 1.959964  # standard errors on either side of a 95% interval
_MONTH = "date_trunc('month', {}::date)"


def acquirers(tables: Tables) -> pd.DataFrame:
    """A row per month: customers present in it and the month before, those who acquire, their share, products each.

    low and high are Wilson's 95% interval of the share: in one month customers are independent.
    """
    monthly = tables.filled(
        """SELECT strftime(month, '%Y-%m') AS month, count(*) AS customers,
        count(*) FILTER ({acquired} <> 0) AS acquirers,
        sum(bit_count({acquired})) / nullif(count(*) FILTER ({acquired} <> 0), 0) AS "products each"
        FROM moves GROUP BY ALL ORDER BY month"""
    ).set_index("month")
    low, high = _wilson(monthly["acquirers"], monthly["customers"])
    share = monthly["acquirers"] / monthly["customers"]
    return monthly.assign(share=share, low=low, high=high)[
        ["customers", "acquirers", "share", "low", "high", "products each"]
    ]


def _wilson(part: npt.ArrayLike, whole: npt.ArrayLike) -> tuple[Floats, Floats]:
    """`Interval.of_share` of each of several shares: the low ends and the high ones."""
    pairs = zip(np.asarray(part), np.asarray(whole), strict=True)
    low, high = np.array([(one.low, one.high) for one in (Interval.of_share(*pair) for pair in pairs)]).reshape(-1, 2).T
    return low, high


def clustered(
    part: Floats, whole: Floats, part_squared: Floats, cross: Floats, whole_squared: Floats
) -> tuple[Floats, Floats]:
    """95% interval of the ratio part / whole of sums over customers, from the sums of their squares and products.

    A customer with many months counts as one draw, not as many (a ratio estimator, linearised). It is never narrower
    than Wilson's: with few customers the linear one is too sure.
    """
    ratio = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    variance = part_squared - 2 * ratio * cross + ratio**2 * whole_squared
    half = _Z * np.sqrt(np.maximum(variance, 0)) / np.where(whole > 0, whole, np.nan)
    low, high = _wilson(part, whole)
    return np.maximum(np.minimum(ratio - half, low), 0), np.maximum(ratio + half, high)


def add_known(tables: Tables, groups: list[Grouping]) -> None:
    """Add the table `known`: what each row of `moves` acquires, and its groups of the month before, g0, g1, ..."""
    codes = "".join(f", ({one.code})::utinyint AS g{place}" for place, one in enumerate(groups))
    month, bank = _MONTH.format(sql_name(tables.bank.month)), tables.bank
    acquired = f"(after & ~before) & {(1 << bank.n) - 1}"
    chosen = "".join(f", g{place}" for place in range(len(groups)))
    tables.create(
        "known",
        f"""SELECT customer, {acquired} AS acquired{chosen} FROM moves JOIN (
        SELECT {sql_name(bank.customer)} AS customer, {month} + INTERVAL 1 MONTH AS next{codes} FROM clean) AS past
        USING (customer) WHERE next = {_MONTH.format("month")}""",
    )


def rates(tables: Tables, groups: list[Grouping], few: int = 30) -> pd.DataFrame:
    """Share of customer-months with an acquisition by column and group: customers, rate, low, high.

    customers: those who were ever in the group. The 95% interval counts a customer's months as one draw. Columns of
    which one group has nearly all customers are left out, and groups of fewer than `few` customers.
    """
    parts = [_rates_of(tables, one, place) for place, one in enumerate(groups)]
    kept = [part for part in parts if part["months"].max() < LOPSIDED * part["months"].sum()]
    kept = [part for part in (part[part["customers"] >= few] for part in kept) if len(part) > 1]
    if not kept:
        empty = pd.MultiIndex.from_tuples([], names=["column", "group"])
        return pd.DataFrame({part: [] for part in ("customers", "months", "rate", "low", "high")}, index=empty)
    return pd.concat(kept)


def _rates_of(tables: Tables, one: Grouping, place: int) -> pd.DataFrame:
    by_group = tables.table(
        f"""SELECT g, count(*) AS customers, sum(m) AS m, sum(a) AS a, sum(a * a) AS aa, sum(a * m) AS am,
        sum(m * m) AS mm FROM (SELECT g{place} AS g, customer, count(*) AS m, count(*) FILTER (acquired <> 0) AS a
        FROM known GROUP BY ALL) GROUP BY g ORDER BY g"""
    )
    sums = [by_group[part].to_numpy(dtype=np.float64) for part in ("a", "m", "aa", "am", "mm")]
    low, high = clustered(*sums)
    labels = [(one.name, one.labels[code]) for code in by_group["g"]]
    columns = {"customers": by_group["customers"], "months": by_group["m"].astype(int), "rate": sums[0] / sums[1]}
    table = pd.DataFrame(columns | {"low": low, "high": high})
    return table.set_index(pd.MultiIndex.from_tuples(labels, names=["column", "group"]))


def overall(tables: Tables) -> float:
    """Share of all customer-months with an acquisition (needs `add_known`)."""
    return float(tables.table("SELECT avg((acquired <> 0)::int) AS rate FROM known")["rate"].iloc[0])


def by_product(tables: Tables, groups: list[Grouping], column: str, few: float = 5.0) -> pd.DataFrame:
    """How many times as often as all customers each group of `column` acquires each product: products by groups.

    A cell is empty where fewer than `few` acquisitions are expected at the rate of all; the products acquired most
    come first (needs `add_known`).
    """
    place, one = next((place, one) for place, one in enumerate(groups) if one.name == column)
    counts = tables.table(f"SELECT g{place} AS g, acquired, count(*) AS n FROM known GROUP BY ALL ORDER BY g, acquired")
    flags, n = bits(tables, counts["acquired"]), counts["n"].to_numpy(dtype=np.float64)
    counted = pd.DataFrame(flags * n[:, None], columns=names(tables)).groupby(counts["g"].to_numpy()).sum()
    months = pd.Series(n).groupby(counts["g"].to_numpy()).sum()
    expected = np.outer(months / months.sum(), counted.sum())
    lift = np.where(expected >= few, counted.to_numpy() / np.maximum(expected, 1e-12), np.nan)
    table = pd.DataFrame(lift.T, index=counted.columns, columns=[one.labels[code] for code in counted.index])
    order = counted.sum().sort_values(ascending=False, kind="stable").index
    return table.loc[order].dropna(how="all").rename_axis(columns=column)
