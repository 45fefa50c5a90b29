"""Evidence: what earlier transitions say about who adds what, as tables learned from months before t.

All rates are conditional on adding something (adders of month s, each weighing 1/m for m additions):
the ranker asks which product, not whether. Rates are log-odds, drawn towards the bank's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec import candidates
from bankrec.config import Config
from bankrec.histories import History
from bankrec.popularity import N_CELLS, cells
from bankrec.products import N_PRODUCTS
from bankrec.words import HOLDINGS, Words, acquired, unpack

Floats = npt.NDArray[np.float64]
FLOOR = 1e-5  # log-odds are cut off here: a product never added is not impossible


@dataclass(frozen=True)
class Evidence:
    """Log-odds of adding a product, given that something is added and the product is not held.

    `product` [24] for the bank, `cell` [cells, 24] by segment x age band, `basket` [m, 24] by the
    holdings `baskets` [m] (sorted) of the month before, `dropped` [m', 24] by `drops` [m'] of what was
    lost last month, `ownership` [24], `items` [24, factors] of ALS. Arrays are nan without a transition.
    """

    product: Floats
    cell: Floats
    baskets: Words
    basket: Floats
    drops: Words
    dropped: Floats
    items: Floats

    def of_baskets(self, words: Words) -> Floats:
        """Rows of `basket` for holdings words; a basket never seen gives the bank's."""
        return _lookup(words, self.baskets, self.basket, self.product)

    def of_drops(self, words: Words) -> Floats:
        """Rows of `dropped` for words of what was lost."""
        return _lookup(words, self.drops, self.dropped, self.product)


def learn(past: History, config: Config) -> Evidence:
    """Evidence for the month after `past`, from its transitions."""
    items = candidates.item_factors(past, config.als, config.seed)
    before, new, lost, group, weight = [], [], [], [], []
    total = past.words.shape[1]
    groups = cells(past)
    for month in range(max(1, total - config.evidence_window), total):
        added = acquired(past.words[:, month - 1], past.words[:, month])
        rows = np.flatnonzero(added)
        before.append(past.words[rows, month - 1] & HOLDINGS)
        new.append(added[rows])
        lost.append(lost_words(past.words[rows, :month]))
        group.append(groups[rows])
        age = total - 1 - month
        weight.append(config.evidence_decay**age / np.maximum(unpack(added[rows]).sum(axis=1), 1))
    if not before or not sum(map(len, before)):
        nothing, none = np.full((1, N_PRODUCTS), np.nan), np.zeros(1, dtype=np.uint32)
        return Evidence(nothing[0], np.repeat(nothing, N_CELLS, 0), none, nothing, none, nothing, items)
    held, y, w = np.concatenate(before), unpack(np.concatenate(new)), np.concatenate(weight)[:, None]
    hits, chances = y * w, (~unpack(held)) * w
    product = (hits.sum(0) + 0.05) / (chances.sum(0) + 1.0)
    strength = config.evidence_strength

    def rates(key: npt.NDArray[np.int64], size: int) -> Floats:
        def sums(rows: Floats) -> Floats:
            return np.stack([np.bincount(key, rows[:, bit], size) for bit in range(N_PRODUCTS)], axis=1)

        return _log_odds((sums(hits) + strength * product) / (sums(chances) + strength))

    baskets, basket_of = np.unique(held, return_inverse=True)
    drops, drop_of = np.unique(np.concatenate(lost), return_inverse=True)
    return Evidence(
        product=_log_odds(product),
        cell=rates(np.concatenate(group), N_CELLS),
        baskets=baskets,
        basket=rates(basket_of, len(baskets)),
        drops=drops,
        dropped=rates(drop_of, len(drops)),
        items=items,
    )


def lost_words(words: Words) -> Words:
    """Holdings words of what was lost in the last of the months given: uint32 [n]; 0 for one month."""
    if words.shape[1] < 2:
        return np.zeros(len(words), dtype=np.uint32)
    return acquired(words[:, -1], words[:, -2])


def _log_odds(rates: Floats) -> Floats:
    cut = np.clip(rates, FLOOR, 1.0 - FLOOR)
    odds: Floats = np.log(cut / (1.0 - cut))
    return odds


def _lookup(words: Words, keys: Words, rows: Floats, otherwise: Floats) -> Floats:
    position = np.minimum(np.searchsorted(keys, words), len(keys) - 1)
    return np.where((keys[position] == words)[:, None], rows[position], otherwise)
