"""Ranked products: the lists of a batch of customers, best first, with probabilities and reasons.

`model` makes them, `rules` remove products from them, `publishing` writes them, `evaluation` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.history import History
from bankrec.holdings import PRESENT, Items, Words, acquired, unpack

SCORE_BANDS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


BY_CUSTOMER = ("user_id", "items", "scores", "held", "status", "segment", "barred")  # of `Ranked`

Floats = npt.NDArray[np.float64]

Chosen = npt.NDArray[np.int16]
PLACES, MOST_REASONS = 7, 2  # places with reasons, reasons of a place at most
NONE = -1


@dataclass(frozen=True)
class Reasons:
    """`chosen` int16 [n, 7, 2]: places in `codes`, the stronger first, -1 for none.

    Of a bank with fewer than 7 products it is [n, products, 2].
    """

    chosen: Chosen
    codes: tuple[str, ...]

    def lists(self, listed: npt.NDArray[np.bool_]) -> pa.ListArray:
        """A list of codes for each place of `listed` [n, m], row by row: `reasons` of a set.

        Two places, of which the first has two reasons and the second has none:

        >>> chosen = np.full((1, 7, 2), NONE, np.int16)
        >>> chosen[0, 0] = [1, 0]
        >>> Reasons(chosen, ("active", "often_added")).lists(np.ones((1, 2), np.bool_)).to_pylist()
        [['often_added', 'active'], []]
        """
        explained = listed[:, :PLACES]
        chosen = self.chosen[:, : explained.shape[1]]
        is_reason = (chosen != NONE) & explained[:, :, None]
        counts = np.zeros(listed.shape, np.int8)
        for one in range(MOST_REASONS):
            counts[:, : explained.shape[1]] += is_reason[:, :, one]
        ends = np.concatenate([[0], np.cumsum(counts[listed])]).astype(np.int32)
        values = pa.array(self.codes, pa.string()).take(pa.array(chosen[is_reason]))
        return pa.ListArray.from_arrays(pa.array(ends), values)


@dataclass(frozen=True)
class Removals:
    """Products that each rule removed, a bit each: `words` uint64 [n, rules], `rules` their names.

    Products held are in none. A product that several rules bar counts for the first of them.
    """

    words: npt.NDArray[np.uint64]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Ranked:
    """Ranked lists of the n customers of a batch who are present in the as-of month.

    `user_id` int64 [n]; `items` int8 [n, products] product bits best first, padded with -1 (what is held or
    barred is absent); `scores` float32 [n, products] probability of adding, aligned with `items`, 0 where
    padded; `held` uint64 [n]; `status` and `segment` [n] of str; `barred` uint64 [n] what rules bar,
    held or not; `removed` counts candidates by rule. Where they were made: `reasons` of the first seven, `removals` by
    rule, and `age_band` int8 [n], the place in `Bank.age_bands` or -1.
    """

    user_id: npt.NDArray[np.int64]
    items: npt.NDArray[np.int8]
    scores: npt.NDArray[np.float32]
    held: Words
    status: npt.NDArray[np.str_]
    segment: npt.NDArray[np.str_]
    barred: Words
    removed: dict[str, int] = field(default_factory=dict)
    reasons: Reasons | None = None
    removals: Removals | None = None
    age_band: npt.NDArray[np.int8] | None = None


def ranked_items(chance: Floats, barred: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Products of each customer by `chance`, best first, without those `barred`; ties in the order of the catalogue.

    `chance` float64 [n, products], `barred` bool [n, products]. Returns `items` and `scores` of `Ranked`: scores never
    rise with the rank.

    >>> chance = np.full((1, 24), 0.01)
    >>> chance[0, [7, 3]] = 0.5, 0.2
    >>> items, scores = ranked_items(chance, np.arange(24)[None] == 3)  # product 3 may not be offered
    >>> items[0, :3].tolist(), items[0, -1].item(), scores[0, 0].item()
    ([7, 0, 1], -1, 0.5)
    """
    by = np.argsort(np.where(barred, np.inf, -chance), axis=1, kind="stable")
    left = np.arange(chance.shape[1]) < (~barred).sum(axis=1)[:, None]
    items = np.where(left, by, -1).astype(np.int8)
    scores = np.where(left, np.take_along_axis(chance, by, axis=1), 0.0).astype(np.float32)
    return items, scores


def lists_by(rates: Floats, held: Words) -> Items:
    """Lists that rank what is not held by `rates` ([products] for all customers, or [n, products]): int8 [n, products].

    >>> rates = np.arange(24.0)  # product 23 is the most popular
    >>> lists_by(rates, np.array([0, 1 << 23], np.uint64))[:, :2].tolist()
    [[23, 22], [22, 21]]
    """
    products = rates.shape[-1]
    if rates.ndim == 1:  # many customers hold the same
        baskets, of_customer = np.unique(held, return_inverse=True)
        return ranked_items(np.broadcast_to(rates, (len(baskets), products)), unpack(baskets, products))[0][of_customer]
    return ranked_items(rates, unpack(held, products))[0]


def by_band(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """How many of `scores` are in each of `SCORE_BANDS`: int64 [bands].

    >>> by_band(np.array([0.00005, 0.2, 0.2, 1.0])).tolist()
    [1, 0, 0, 0, 0, 0, 0, 2, 1]
    """
    below = [np.count_nonzero(scores < edge) for edge in SCORE_BANDS[1:-1]]  # a fifth of the time of a histogram
    return np.diff([0, *below, scores.size])


def in_target(history: History, ranked: Ranked, target: int) -> tuple[Ranked, Words]:
    """The lists of customers who are present in the target month too, and what they added in it.

    `target` is the number of a month of `history`, the one after the as-of month of `ranked`. Returns the lists and
    uint64 [n of them] a bit per product.
    """
    rows = history.rows(ranked.user_id)
    before, after = history.words[rows, target - 1], history.words[rows, target]
    there = (after & PRESENT) != 0
    kept = replace(ranked, **{name: getattr(ranked, name)[there] for name in BY_CUSTOMER})
    return kept, acquired(before, after, history.bank.n)[there]
