"""Evidence: what earlier transitions say about who adds what, as tables learned from months before t.

All of it is conditional on adding something (adders of month s, each weighing 1/m for m additions): the
ranker asks which product, not whether. A lift is the log of additions seen over additions expected from
the product's level in the same months, so that seasons are not taken for tastes; small groups are drawn
to 0.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec import candidates
from bankrec.config import Config
from bankrec.histories import History
from bankrec.levels import Levels
from bankrec.persons import ADULT, age
from bankrec.popularity import N_CELLS, cells
from bankrec.products import BIT, N_PRODUCTS
from bankrec.words import HOLDINGS, PRESENT, Words, acquired, unpack

Floats = npt.NDArray[np.float64]
CHANNELS = 40  # the commonest codes have a row of their own
STOPPED_AFTER = 10.0  # additions
MINORS_ADD = ("ind_ctju_fin_ult1", "ind_nom_pens_ult1")
PROVINCES = 60  # codes 1 to 52; others share row 0


@dataclass(frozen=True)
class Evidence:
    """Tables for one target month, all learned from the months before it.

    `level` [24]: log of the share expected of each product among the additions of the month. Lifts: `cell`
    [cells, 24] by segment x age band, `basket` [m, 24] by the holdings `baskets` [m] (sorted) of the month before,
    `dropped` [m', 24] by `drops` [m'] of what was lost last month, `channel` by the place in `channels` (the
    last row for others), `province` by code. `items` [24, factors] of ALS. For rules: `stopped` [24] marks
    products that nobody gets any more, `minors` [24] those that minors do add.
    """

    level: Floats
    cell: Floats
    baskets: Words
    basket: Floats
    drops: Words
    dropped: Floats
    channels: npt.NDArray[np.str_]
    channel: Floats
    province: Floats
    items: Floats
    stopped: npt.NDArray[np.bool_]
    minors: npt.NDArray[np.bool_]

    def of_baskets(self, words: Words) -> Floats:
        """Rows of `basket` for holdings words: zeros for a basket never seen."""
        return _lookup(words, self.baskets, self.basket)

    def of_drops(self, words: Words) -> Floats:
        """Rows of `dropped` for words of what was lost."""
        return _lookup(words, self.drops, self.dropped)

    def of_channels(self, past: History) -> Floats:
        """Rows of `channel` for customers."""
        rows: Floats = self.channel[channel_codes(past, self.channels)]
        return rows

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the tables, as they are stored."""
        return tuple(field.name for field in fields(cls))


def learn(past: History, known: Levels, config: Config) -> Evidence:
    """Evidence for the month after `past`; `known` are the levels of its own target months."""
    items = candidates.item_factors(past, config.als, config.seed)
    channels = commonest_channels(past)
    months, chosen = past.words.shape[1], config.evidence
    parts: dict[str, list[npt.NDArray[np.generic]]] = {
        name: [] for name in ("held", "new", "lost", "cell", "channel", "province", "weight", "share")
    }
    groups, codes, provinces = cells(past), channel_codes(past, channels), province_codes(past)
    shares = np.exp(known.shares())
    for t in range(max(1, months - chosen.window), months):
        added = acquired(past.words[:, t - 1], past.words[:, t])
        rows = np.flatnonzero(added)
        weight = chosen.decay ** (months - 1 - t) / np.maximum(unpack(added[rows]).sum(axis=1), 1)
        found = (
            past.words[rows, t - 1] & HOLDINGS,
            added[rows],
            lost_words(past.words[rows, :t]),
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
    return Evidence(
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
        stopped=stopped(known.additions()),
        minors=_added_by_minors(past),
    )


def stopped(added: Floats) -> npt.NDArray[np.bool_]:
    """Products without additions for so long that their earlier rate made ten likely: bool [24].

    `added` [months, 24]. The earlier rate is the mean of the months before the silence.
    """
    silent = (added[::-1].cumsum(axis=0) == 0).sum(axis=0)
    earlier = added.sum(axis=0) / np.maximum(len(added) - silent, 1)
    found: npt.NDArray[np.bool_] = earlier * silent >= STOPPED_AFTER
    return found


def _added_by_minors(past: History) -> npt.NDArray[np.bool_]:
    """Products that at least two customers below 18 added in one month; junior account and pension in any case.

    Below 18 by the snapshot that first shows the product: whoever turns 18 in that month adds it as an adult.
    """
    found = np.zeros(N_PRODUCTS, dtype=np.bool_)
    found[[BIT[name] for name in MINORS_ADD]] = True
    for t in range(1, len(past.months)):
        minors = np.flatnonzero(((past.words[:, t] & PRESENT) != 0) & (age(past.persons[:, t]) < ADULT))
        found |= unpack(acquired(past.words[minors, t - 1], past.words[minors, t])).sum(axis=0) >= 2
    return found


def lost_words(words: Words) -> Words:
    """Holdings words of what was lost in the last of the months given: uint32 [n]; 0 for one month."""
    if words.shape[1] < 2:
        return np.zeros(len(words), dtype=np.uint32)
    return acquired(words[:, -1], words[:, -2])


def channel_codes(past: History, channels: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Place of each customer's channel in `channels`; their number for any other."""
    found = pc.index_in(past.profile["canal_entrada"], value_set=pa.array(channels.tolist(), pa.string()))
    places: npt.NDArray[np.int64] = pc.fill_null(found, len(channels)).to_numpy().astype(np.int64)
    return places


def province_codes(past: History) -> npt.NDArray[np.int64]:
    """Province of each customer, 0 where unknown."""
    code = past.profile["cod_prov"].to_numpy().astype(np.int64)
    return np.where((code > 0) & (code < PROVINCES), code, 0)


def commonest_channels(past: History) -> npt.NDArray[np.str_]:
    """The commonest channels of customers present in the last month, sorted by name."""
    there = past.take((past.words[:, -1] & PRESENT) != 0).profile["canal_entrada"]
    counted = pc.value_counts(pa.chunked_array(there).combine_chunks() if len(there) else pa.array([], pa.string()))
    pairs = [(-entry["counts"].as_py(), entry["values"].as_py() or "") for entry in counted]
    return np.array(sorted(name for _, name in sorted(pairs)[:CHANNELS]), dtype=np.str_)


def _nothing(channels: npt.NDArray[np.str_], items: Floats) -> Evidence:
    """Evidence without a transition: no lift anywhere, all products alike."""
    none, word = np.zeros((1, N_PRODUCTS)), np.zeros(1, dtype=np.uint32)
    return Evidence(
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
        stopped=np.zeros(N_PRODUCTS, dtype=np.bool_),
        minors=np.ones(N_PRODUCTS, dtype=np.bool_),
    )


def _lookup(words: Words, keys: Words, rows: Floats) -> Floats:
    position = np.minimum(np.searchsorted(keys, words), len(keys) - 1)
    return np.where((keys[position] == words)[:, None], rows[position], 0.0)
