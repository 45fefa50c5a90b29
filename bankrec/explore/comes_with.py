"""Pairs of products: held together, acquired together, acquired by holders, or acquired when the other is dropped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.explore.holdings_tables import LAST, bits, names, steps
from bankrec.explore.tables import Tables

Matrix = npt.NDArray[np.float64]
FEW, FEW_OF_DROPPERS = 5.0, 3.0  # acquisitions expected by chance: with fewer no lift is shown
MOST, MOST_TOGETHER = 12, 10  # products of a table


def held_together(tables: Tables) -> pd.DataFrame:
    """Lift of holding two of the most held products in the last month: 1 is by chance."""
    kinds = tables.table(LAST)
    held, n = bits(tables, kinds["flags"]), kinds["n"].to_numpy(dtype=np.float64)
    both, count = held.T @ (held * n[:, None]), n @ held
    expected = np.outer(count, count) / n.sum()
    lift = np.where(expected >= 1.0, both / np.maximum(expected, 1e-12), np.nan)
    return _square(tables, lift, _first(count, MOST))


def acquired_together(tables: Tables) -> pd.DataFrame:
    """Of the customers who acquire the row's product, the share who acquire the column's in the same month."""
    changes = steps(tables)
    acquired, n = bits(tables, changes["after"] & ~changes["before"]), changes["n"].to_numpy(dtype=np.float64)
    both = acquired.T @ (acquired * n[:, None])
    share = both / np.maximum(np.diag(both)[:, None], 1)
    return _square(tables, share, _first(np.diag(both), MOST_TOGETHER))


def acquired_by_holders(tables: Tables) -> pd.DataFrame:
    """How many times as often as those without it, holders of the row's product acquire the column's.

    Both of customers who do not hold the column's product yet. A cell is empty where fewer than `FEW` acquisitions are
    expected by chance, on either side.
    """
    before = tables.filled("SELECT before & {all} AS before, count(*) AS n FROM moves GROUP BY ALL")
    held, n = bits(tables, before["before"]), before["n"].to_numpy(dtype=np.float64)
    free = 1 - held
    chances, others = held.T @ (free * n[:, None]), free.T @ (free * n[:, None])
    changes = steps(tables)
    past, m = bits(tables, changes["before"]), changes["n"].to_numpy(dtype=np.float64)
    acquired = bits(tables, changes["after"] & ~changes["before"])
    weighed = acquired * m[:, None]
    return _pairs(tables, past.T @ weighed, chances, (1 - past).T @ weighed, others, FEW)


def acquired_by_droppers(tables: Tables) -> pd.DataFrame:
    """How many times as often as those who keep it, customers who drop the row's product acquire the column's.

    Far above 1 the column's product replaces the row's. Fewer customers drop than hold, so fewer are required.
    """
    before = tables.filled(
        "SELECT before & {all} AS before, after & {all} AS after, count(*) AS n FROM moves GROUP BY ALL"
    )
    past, after = bits(tables, before["before"]), bits(tables, before["after"])
    n = before["n"].to_numpy(dtype=np.float64)
    dropped, kept, acquired, free = past * (1 - after), past * after, (1 - past) * after, 1 - past
    weighed, could = acquired * n[:, None], free * n[:, None]
    return _pairs(tables, dropped.T @ weighed, dropped.T @ could, kept.T @ weighed, kept.T @ could, FEW_OF_DROPPERS)


def _pairs(
    tables: Tables, events: Matrix, chances: Matrix, other_events: Matrix, other_chances: Matrix, few: float
) -> pd.DataFrame:
    """Rate of events by chances over the rate of the others, of the products acquired most."""
    rate = (events + other_events) / np.maximum(chances + other_chances, 1)
    enough = (rate * chances >= few) & (rate * other_chances >= few) & (other_events > 0)
    lift = (events / np.maximum(chances, 1)) / np.maximum(other_events / np.maximum(other_chances, 1), 1e-12)
    total = np.diag(events) + np.diag(other_events)
    chosen = _first(np.maximum(total, (events + other_events).max(axis=0)), MOST)
    table = _square(tables, np.where(enough, lift, np.nan), chosen)
    return table.dropna(axis=0, how="all").dropna(axis=1, how="all")


def _first(counts: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.int64]:
    """The places of the largest counts, none of which is 0."""
    order = np.argsort(-counts, kind="stable")[:most]
    return order[counts[order] > 0].astype(np.int64)


def _square(tables: Tables, values: Matrix, chosen: npt.NDArray[np.int64]) -> pd.DataFrame:
    square = values[np.ix_(chosen, chosen)].astype(np.float64)
    np.fill_diagonal(square, np.nan)
    called = [names(tables)[bit] for bit in chosen]
    return pd.DataFrame(square, index=called, columns=called)
