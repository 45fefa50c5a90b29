"""Precision, recall, coverage and novelty of ranked lists in the first 1, 3, 5 and 7 places."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bankrec.evaluation import metrics
from bankrec.holdings import Items, Words
from bankrec.results import AtK

PLACES = (1, 3, 5, 7)


def at_k(items: Items, acquired: Words, held: Words) -> dict[int, AtK]:
    """The four metrics of lists `items` int8 [n, m] in the first k places, by k.

    `acquired` and `held` uint64 [n], a bit a product. Precision is a mean over all customers, recall over those who
    acquire something.
    """
    products, acquirers = items.shape[1], max(int((acquired != 0).sum()), 1)
    return {
        k: AtK(
            precision=float(metrics.precision(items, acquired, k).mean()),
            recall=float(metrics.recall(items, acquired, k).sum() / acquirers),
            coverage=metrics.coverage(items, k, products),
            novelty=metrics.novelty(items, held, k, products),
        )
        for k in PLACES
    }


def table(at: Mapping[int, AtK]) -> pd.DataFrame:
    """A row a measure, a column a number of places: `@1`, `@3` and so on."""
    columns = {f"@{k}": vars(figures) for k, figures in at.items()}
    return pd.DataFrame(columns).rename(index={"novelty": "novelty (bits)"}).rename_axis("measure")
