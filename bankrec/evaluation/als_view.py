"""What ALS learns by itself: the factors of the products, the nearest products, and its own ranked lists."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec.evaluation.metrics import K
from bankrec.history import History
from bankrec.holdings import Items, unpack
from bankrec.model import als
from bankrec.model.recommender import Recommender
from bankrec.ranked import Ranked, lists_by

SHOWN = 3


def factors(recommender: Recommender) -> pd.DataFrame:
    """Factors of each product: products by name as rows, factors 1, 2, ... as columns."""
    items = recommender.items
    columns = pd.RangeIndex(1, items.shape[1] + 1, name="factor")
    return pd.DataFrame(items, index=pd.Index(recommender.bank.catalogue.names, name="product"), columns=columns)


def nearest(recommender: Recommender) -> pd.DataFrame:
    """The three products whose factors are nearest to each product's, with the cosine of the angle between them."""
    names, items = np.array(recommender.bank.catalogue.names), recommender.items
    length = np.linalg.norm(items, axis=1, keepdims=True)
    unit = np.divide(items, length, out=np.zeros_like(items), where=length > 0)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    order = np.argsort(-cosine, axis=1, kind="stable")[:, :SHOWN]
    cells = [
        [f"{names[other]} ({cosine[bit, other]:.2f})" if length[bit] > 0 else "" for other in row]
        for bit, row in enumerate(order)
    ]
    columns = [f"nearest {place}" for place in range(1, order.shape[1] + 1)]
    return pd.DataFrame(cells, index=pd.Index(names, name="product"), columns=columns)


def als_lists(history: History, recommender: Recommender, ranked: Ranked, target: int) -> Items:
    """Products not held by ALS score alone, best first, for the customers of `ranked`: int8 [n, products]."""
    past = history.of(ranked.user_id).until(target)
    return lists_by(als.scores(past, recommender.items, recommender.config.als).astype(np.float64), ranked.held)


def beside(
    history: History, recommender: Recommender, ranked: Ranked, acquired: np.ndarray, target: int
) -> pd.DataFrame:
    """What ALS ranks first beside what the model ranks first, for the first customers with an acquisition.

    `acquired` uint64 [n] of the customers of `ranked` in month number `target`.
    """
    names, n = history.bank.catalogue.names, history.bank.n
    by_als = als_lists(history, recommender, ranked, target)
    rows = np.flatnonzero(acquired != 0)[:K]
    table = {
        int(ranked.user_id[row]): {
            "holds": _listed(np.flatnonzero(unpack(ranked.held[[row]], n)[0]), names),
            "ALS ranks first": _listed(by_als[row, :SHOWN], names),
            "the model ranks first": _listed(ranked.items[row, :SHOWN], names),
            "acquired": _listed(np.flatnonzero(unpack(acquired[[row]], n)[0]), names),
        }
        for row in rows
    }
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("customer")


def _listed(bits: np.ndarray, names: tuple[str, ...]) -> str:
    return ", ".join(names[bit] for bit in bits if bit >= 0) or "nothing"
