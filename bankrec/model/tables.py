"""Tables that features read: what months before the target month say about who acquires what; codes of profiles."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.history import History
from bankrec.holdings import PRESENT, Words
from bankrec.lookup import locate

Floats = npt.NDArray[np.float64]
CHANNELS = 40  # the commonest codes have a row of their own
PROVINCES = 60  # codes 1 to 52; others share row 0


@dataclass(frozen=True)
class Tables:
    """Tables for one target month, all learned from the months before it.

    `level` [24]: log of the share expected of each product among the additions of the month. Lifts: `cell`
    [cells, 24] by segment x age band, `basket` [m, 24] by the holdings `baskets` [m] (sorted) of the month before,
    `dropped` [m', 24] by `drops` [m'] of what was lost last month, `channel` by the place in `channels` (the
    last row for others), `province` by code. `items` [24, factors] of ALS.
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


def _lookup(words: Words, keys: Words, rows: Floats) -> Floats:
    position, known = locate(keys, words)
    return np.where(known[:, None], rows[position], 0.0)
