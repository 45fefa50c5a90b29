"""Codes of profile columns with many values: the commonest channels, and provinces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.history import History
from bankrec.holdings import PRESENT

PROVINCES = 60  # codes 1 to 52; others share row 0


def channel_codes(past: History, channels: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Place of each customer's channel in `channels`; their number for any other."""
    found = pc.index_in(past.profile["canal_entrada"], value_set=pa.array(channels.tolist(), pa.string()))
    places: npt.NDArray[np.int64] = pc.fill_null(found, len(channels)).to_numpy().astype(np.int64)
    return places


def province_codes(past: History) -> npt.NDArray[np.int64]:
    """Province of each customer, 0 where unknown."""
    code = past.profile["cod_prov"].to_numpy().astype(np.int64)
    return np.where((code > 0) & (code < PROVINCES), code, 0)


def commonest_channels(past: History, most: int) -> npt.NDArray[np.str_]:
    """The `most` commonest channels of customers present in the last month, sorted by name."""
    there = past.take((past.words[:, -1] & PRESENT) != 0).profile["canal_entrada"]
    counted = pc.value_counts(pa.chunked_array(there).combine_chunks() if len(there) else pa.array([], pa.string()))
    pairs = [(-entry["counts"].as_py(), entry["values"].as_py() or "") for entry in counted]
    return np.array(sorted(name for _, name in sorted(pairs)[:most]), dtype=np.str_)
