"""The protocol of the first study of this data: next month's holdings are ranked, not its acquisitions.

A product that a customer already holds counts as a hit, so the rule "what they already hold" has nearly perfect
figures, and a high figure is no measure of how good a recommendation is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec import holdings
from bankrec.evaluation import metrics
from bankrec.holdings import Words, all_held, unpack

PUBLISHED = {"precision": 0.9005, "recall": 0.9882, "coverage": 1.0, "novelty": 0.6688}
FIRST_STUDY, NOT_STATED = "an earlier study, as it published them", "not stated"


def held_first(items: holdings.Items, held: Words) -> holdings.Items:
    """What each customer holds, the most held product first, then the list: int8 [n, products]."""
    products = items.shape[1]
    flags = unpack(held, products)
    place = np.full((len(held), products + 1), 2 * products)
    columns = np.arange(products) + products
    np.put_along_axis(place, np.where(items >= 0, items, products).astype(np.int64), columns[None, :], axis=1)
    place = place[:, :products]
    by_holders = np.empty(products, np.int64)
    by_holders[np.argsort(-flags.sum(axis=0), kind="stable")] = np.arange(products)
    place = np.where(flags, by_holders, place)
    order = np.argsort(place, axis=1, kind="stable")
    return np.where(np.take_along_axis(place, order, axis=1) < 2 * products, order, -1).astype(np.int8)


def first_study(items: holdings.Items, held: Words, holds_after: Words) -> pd.DataFrame:
    """Precision, recall, coverage and novelty at 1 and 5 of three rankings of next month's holdings.

    `items` int8 [n, m] our lists of what is not held, `held` and `holds_after` uint64 [n] the holdings of
    as-of and of the month after. Precision and recall are means over customers who hold something then.
    """
    nothing = np.full_like(items, -1)
    rankings = {
        "what they already hold": held_first(nothing, held),
        "what they hold, then our list": held_first(items, held),
        "our list (nothing they hold)": items,
    }
    products = items.shape[1]
    after = holds_after & all_held(products)
    there = after != 0
    rows = [
        {
            "ranking": name,
            "k": k,
            "precision": metrics.precision(ranked[there], after[there], k).mean(),
            "recall": metrics.recall(ranked[there], after[there], k).mean(),
            "coverage": metrics.coverage(ranked, k, products),
            "novelty, bits": metrics.novelty(ranked, held, k, products),
        }
        for name, ranked in rankings.items()
        for k in (1, 5)
    ]
    return pd.DataFrame(rows)


def beside_the_first_study(ours: pd.DataFrame) -> pd.DataFrame:
    """The figures that the first study published, above `ours`, the table of `first_study`.

    It states neither its k nor its denominators, nor the unit of its novelty: its figures can't be compared with any.
    """
    published = {"ranking": FIRST_STUDY, "k": NOT_STATED, **PUBLISHED}
    first = pd.DataFrame([{"novelty, bits" if name == "novelty" else name: value for name, value in published.items()}])
    return pd.concat([first, ours.astype({"k": object})], ignore_index=True)
