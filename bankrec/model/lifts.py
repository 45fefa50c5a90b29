"""Lifts: who adds which product more often than its level says, as tables learned from months before t.

All of it is conditional on adding something (adders of month s, each weighing 1/m for m additions): the
ranker asks which product, not whether. A lift is the log of additions seen over additions expected from
the product's level in the same months, so that seasons are not taken for tastes; small groups are drawn
to 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.bank.products import N_PRODUCTS
from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import HOLDINGS, losses, unpack
from bankrec.model import als
from bankrec.model.base_rates import Levels
from bankrec.model.popularity import N_CELLS, cells
from bankrec.model.tables import PROVINCES, Tables, channel_codes, commonest_channels, province_codes
from bankrec.transitions import Transition

Floats = npt.NDArray[np.float64]


def learn(past: History, known: Levels, config: Config) -> Tables:
    """Tables for the month after `past`; `known` are the levels of its own target months."""
    items = als.item_factors(past, config.als, config.seed)
    channels = commonest_channels(past)
    months, chosen = past.words.shape[1], config.evidence
    parts: dict[str, list[npt.NDArray[np.generic]]] = {
        name: [] for name in ("held", "new", "lost", "cell", "channel", "province", "weight", "share")
    }
    groups, codes, provinces = cells(past), channel_codes(past, channels), province_codes(past)
    shares = np.exp(known.shares())
    for t in range(max(1, months - chosen.window), months):
        added = Transition.into(past.words, t).added
        rows = np.flatnonzero(added)
        weight = chosen.decay ** (months - 1 - t) / np.maximum(unpack(added[rows]).sum(axis=1), 1)
        found = (
            past.words[rows, t - 1] & HOLDINGS,
            added[rows],
            losses(past.words[rows, :t]),
            groups[rows],
            codes[rows],
            provinces[rows],
            weight,
            np.broadcast_to(shares[t - 1], (len(rows), N_PRODUCTS)),
        )
        for column, values in zip(parts.values(), found, strict=True):
            column.append(values)
    if not sum(map(len, parts["held"])):
        return _nothing(channels, items)
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    w = joined["weight"][:, None]
    hits = np.asarray(unpack(joined["new"]) * w, dtype=np.float64)
    expected = np.asarray(~unpack(joined["held"]) * w * joined["share"], dtype=np.float64)
    strength = chosen.strength * expected.sum(0) / w.sum()

    def lifts(key: npt.NDArray[np.int64], size: int) -> Floats:
        def sums(rows: Floats) -> Floats:
            return np.stack([np.bincount(key, rows[:, bit], size) for bit in range(N_PRODUCTS)], axis=1)

        lift: Floats = np.log((sums(hits) + strength + 0.01) / (sums(expected) + strength + 0.01))
        return lift

    baskets, basket_of = np.unique(joined["held"], return_inverse=True)
    drops, drop_of = np.unique(joined["lost"], return_inverse=True)
    return Tables(
        level=known.shares_forecast(config.level),
        cell=lifts(joined["cell"], N_CELLS),
        baskets=baskets,
        basket=lifts(basket_of, len(baskets)),
        drops=drops,
        dropped=lifts(drop_of, len(drops)),
        channels=channels,
        channel=lifts(joined["channel"], len(channels) + 1),
        province=lifts(joined["province"], PROVINCES),
        items=items,
    )


def _nothing(channels: npt.NDArray[np.str_], items: Floats) -> Tables:
    """Tables without a transition: no lift anywhere, all products alike."""
    none, word = np.zeros((1, N_PRODUCTS)), np.zeros(1, dtype=np.uint32)
    return Tables(
        level=np.zeros(N_PRODUCTS),
        cell=np.zeros((N_CELLS, N_PRODUCTS)),
        baskets=word,
        basket=none,
        drops=word,
        dropped=none,
        channels=channels,
        channel=np.zeros((len(channels) + 1, N_PRODUCTS)),
        province=np.zeros((PROVINCES, N_PRODUCTS)),
        items=items,
    )
