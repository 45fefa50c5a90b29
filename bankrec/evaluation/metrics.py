"""Metrics of ranked lists, vectorised over customers.

Lists are `items` int8 [n, m], product bits best first, padded with -1. What was added is `added`
uint64 [n], a bit per product. A customer who added nothing can't have a hit: the competition's
MAP@7 counts such a customer as 0 over all customers; most libraries leave them out, which gives the
share of the maximum. The docstring of every mean states which it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bankrec.holdings import Items, Words, unpack

K = 7

Floats = npt.NDArray[np.float64]


def hits(items: Items, added: Words, k: int) -> npt.NDArray[np.bool_]:
    """Whether the product at each of the first `k` places was added: bool [n, k].

    >>> hits(np.array([[5, 6, 7]], np.int8), np.array([1 << 5 | 1 << 7], np.uint64), 4).tolist()
    [[True, False, True, False]]
    """
    top = items[:, :k]
    acquired = (added[:, None] >> np.maximum(top, 0).astype(np.uint64)) & np.uint64(1) == 1
    hit: npt.NDArray[np.bool_] = acquired & (top >= 0)
    if hit.shape[1] < k:
        hit = np.pad(hit, ((0, 0), (0, k - hit.shape[1])))
    return hit


def acquisitions(added: Words) -> npt.NDArray[np.int64]:
    """Number of products each customer added: int64 [n].

    >>> acquisitions(np.array([1 << 5 | 1 << 7, 0], np.uint64)).tolist()
    [2, 0]
    """
    return np.bitwise_count(added).astype(np.int64)


def average_precision(items: Items, added: Words, k: int = 7) -> Floats:
    """AP@k of each customer: (1 / min(m, k)) sum over places i <= k of P(i) rel(i); 0 where m = 0.

    m is the number of products added, P(i) the precision of the first i. The competition's formula
    (Santander Product Recommendation, Kaggle 2016, "Evaluation").

    Three customers, of whom the last adds nothing; MAP@7 is the mean over all of them, or over those who add:

    >>> items = np.array([[5, 6, 7], [6, 5, 7], [5, 6, 7]], np.int8)
    >>> added = np.array([1 << 5 | 1 << 7, 1 << 5, 0], np.uint64)
    >>> each = average_precision(items, added)  # (1/1 + 2/3) / 2, then 1/2, then nothing that could be a hit
    >>> each.round(3).tolist()
    [0.833, 0.5, 0.0]
    >>> float(each.mean().round(3)), float(each[added != 0].mean().round(3))
    (0.444, 0.667)
    """
    some = np.flatnonzero(added)
    hit = hits(items[some], added[some], k)
    precision = np.cumsum(hit, axis=1) / np.arange(1, k + 1)
    each = np.zeros(len(added))
    each[some] = (precision * hit).sum(axis=1) / np.minimum(acquisitions(added[some]), k)
    return each


def precision(items: Items, added: Words, k: int) -> Floats:
    """Precision@k of each customer: (1/k) sum over places i <= k of rel(i) (Manning, Raghavan, Schuetze 2008, 8.4).

    >>> precision(np.array([[5, 6, 7]], np.int8), np.array([1 << 5], np.uint64), 2).tolist()
    [0.5]
    """
    return _hits(items, added, k) / k


def recall(items: Items, added: Words, k: int) -> Floats:
    """Recall@k of each customer: (1/m) sum over places i <= k of rel(i), m products added; 0 where m = 0.

    Manning, Raghavan, Schuetze 2008, 8.4.

    >>> recall(np.array([[5, 6, 7]], np.int8), np.array([1 << 5 | 1 << 9], np.uint64), 7).tolist()
    [0.5]
    """
    return _ratio(_hits(items, added, k), acquisitions(added))


def ndcg(items: Items, added: Words, k: int) -> Floats:
    """NDCG@k of each customer: sum of rel(i) / log2(i + 1), divided by the best that k places allow.

    The best is that of min(m, k) hits in the first places (Jarvelin, Kekalainen 2002, and RecTools'
    `divide_by_achievable`).

    >>> ndcg(np.array([[5, 6], [6, 5]], np.int8), np.array([1 << 5, 1 << 5], np.uint64), 2).round(3).tolist()
    [1.0, 0.631]
    """
    gain: Floats = 1.0 / np.log2(np.arange(2, k + 2))
    best: Floats = np.concatenate([[0.0], np.cumsum(gain)])[np.minimum(acquisitions(added), k)]
    gained: Floats = _hits(items, added, k, gain)
    return _ratio(gained, best)


def hit_rate(items: Items, added: Words, k: int) -> Floats:
    """1 for each customer with a hit in the first k places, else 0 (Deshpande, Karypis 2004).

    >>> hit_rate(np.array([[5, 6], [7, 5]], np.int8), np.array([1 << 5, 1 << 5], np.uint64), 1).tolist()
    [1.0, 0.0]
    """
    return np.asarray(_hits(items, added, k) > 0, dtype=np.float64)


def coverage(items: Items, k: int, products: int) -> float:
    """Catalogue coverage: share of the `products` in the first k places of at least one customer (Ge et al. 2010).

    >>> coverage(np.array([[0, 1], [1, 2]], np.int8), 2, 24)  # products 0, 1 and 2 of 24
    0.125
    """
    return float((shown(items, k, products) > 0).mean())


def shown(items: Items, k: int, products: int) -> npt.NDArray[np.int64]:
    """In how many customers' first k places each product stands: int64 [products].

    >>> shown(np.array([[0, 1], [1, -1]], np.int8), 2, 3).tolist()
    [1, 2, 0]
    """
    top = items[:, :k]
    return np.bincount(top[top >= 0], minlength=products)


def novelty(items: Items, held: Words, k: int, products: int) -> float:
    """Mean -log2(share of customers who hold it) over what is recommended, in bits (Zhou et al. 2010).

    `held` uint64 [n]: the holdings of all customers. A product without holders counts as held by one
    (RecTools' `MeanInvUserFreq`, mean over all places shown rather than over customers).

    >>> novelty(np.array([[5]], np.int8), np.array([1 << 5, 0, 0, 0], np.uint64), 1, 24)  # one in four holds it
    2.0
    """
    counts = shown(items, k, products)
    share = np.maximum(unpack(held, products).sum(axis=0), 1) / max(len(held), 1)
    return float((counts * -np.log2(share)).sum() / max(counts.sum(), 1))


def exposure_gini(items: Items, k: int, products: int) -> float:
    """Gini coefficient of how often the `products` are shown: 0 if all are shown equally, near 1 if only one is.

    G = sum (2 i - n - 1) x_i / (n sum x_i) over x sorted upwards (LensKit's `ListGini`).

    >>> everything = np.arange(24, dtype=np.int8)[None]
    >>> exposure_gini(everything, 24, 24), round(exposure_gini(everything, 1, 24), 3)
    (0.0, 0.958)
    """
    counts = np.sort(shown(items, k, products)).astype(np.float64)
    n = len(counts)
    return float(((2 * np.arange(1, n + 1) - n - 1) * counts).sum() / (n * max(counts.sum(), 1.0)))


def calibration_error(chance: npt.NDArray[np.floating], happened: npt.NDArray[np.bool_], bins: int = 20) -> float:
    """Expected calibration error: sum over bins of (n_b / n) |mean probability - share that happened|.

    Bins of about equal size by probability (Naeini, Cooper, Hauskrecht 2015), equal probabilities in one bin.
    `chance` and `happened` are flat and aligned; to be read beside the base rate `happened.mean()`.

    >>> round(calibration_error(np.full(10, 0.3), np.arange(10) < 2, bins=1), 3)  # 30% expected, 20% observed
    0.1
    """
    if not len(chance):
        return 0.0
    ends = np.linspace(0, len(chance), bins + 1).astype(np.int64)[1:-1]
    edges = np.unique(np.partition(chance, ends)[ends])
    place = np.searchsorted(edges, chance, side="right").astype(np.int8)
    expected, observed = (np.bincount(place, values, minlength=len(edges) + 1) for values in (chance, happened))
    return float(np.abs(expected - observed).sum() / len(chance))


def _hits(items: Items, added: Words, k: int, gain: Floats | float = 1.0) -> Floats:
    """Hits in the first `k` places of each customer, each counted as the `gain` of its place: float64 [n]."""
    some = np.flatnonzero(added)  # few customers: the others have no hit
    total = np.zeros(len(added))
    total[some] = (hits(items[some], added[some], k) * gain).sum(axis=1)
    return total


def _ratio(top: npt.NDArray[Any], bottom: npt.NDArray[Any]) -> Floats:
    result: Floats = np.divide(top, bottom, out=np.zeros(len(top)), where=bottom > 0)
    return result
