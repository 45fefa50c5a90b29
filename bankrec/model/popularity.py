"""Popularity: of what is held, of what was added lately, and of that within segment and age band."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.bank.bands import CELL_AGES
from bankrec.bank.products import BIT, N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.config import PopularityConfig
from bankrec.history import History, first_ages
from bankrec.holdings import HOLDINGS, PRESENT, SEGMENTS, segment_codes, unpack
from bankrec.transitions import Transition, counts, members

Floats = npt.NDArray[np.float64]
N_CELLS = len(SEGMENTS) * len(CELL_AGES)
POPULAR = pa.schema([("segment", pa.string()), ("item_id", pa.string()), ("rank", pa.uint8()), ("score", pa.float32())])


def cells(past: History) -> npt.NDArray[np.int64]:
    """`segment_by_age` of the age in each customer's first month: what the profile keeps."""
    return segment_by_age(past, first_ages(past))


def segment_by_age(past: History, years: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Segment in the last month x band of the age in `years` [n]: int64 [n], 0 to `N_CELLS` - 1."""
    found: npt.NDArray[np.int64] = segment_codes(past.words[:, -1]) * len(CELL_AGES) + CELL_AGES.of(years)
    return found


def of_ownership(past: History) -> Floats:
    """Share of the customers of the last month who hold each product: float64 [24]."""
    last = past.words[:, -1]
    last = last[(last & PRESENT) != 0]
    share: Floats = unpack(last & HOLDINGS).mean(axis=0) if len(last) else np.zeros(N_PRODUCTS)
    return share


def additions(
    past: History, months: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Additions and customers not holding over the last `months` transitions, and the cells.

    Returns `added` and `open` [cells, 24] and the cell of each customer.
    """
    groups = cells(past)
    added, free = np.zeros((N_CELLS, N_PRODUCTS)), np.zeros((N_CELLS, N_PRODUCTS))
    total = past.words.shape[1]
    inside = members(groups, N_CELLS)
    for t in range(max(1, total - months), total):
        step = Transition.into(past.words, t)
        added += counts(step.added, inside)
        free += counts(step.free, inside)
    return added, free, groups


def of_additions(past: History, config: PopularityConfig) -> Floats:
    """Additions per customer not holding, over the latest transitions: float64 [24]."""
    added, free, _ = additions(past, config.months)
    return _of_all(added, free)


def by_cell(past: History, config: PopularityConfig) -> Floats:
    """Additions per customer not holding within segment x age band: float64 [cells, 24].

    Each rate is shrunk towards the bank's: a small cell says little.
    """
    added, free, _ = additions(past, config.months)
    return _shrunk(added, free, _of_all(added, free), config.strength)


def _of_all(added: Floats, free: Floats) -> Floats:
    """Additions per customer not holding, of all cells together: float64 [24]."""
    rates: Floats = added.sum(axis=0) / np.maximum(free.sum(axis=0), 1.0)
    return rates


def _shrunk(added: Floats, free: Floats, overall: Floats, strength: float) -> Floats:
    """Additions per customer not holding, shrunk towards `overall` as if by `strength` customers more."""
    rates: Floats = (added + strength * overall) / (free + strength)
    return rates


def without(popular: pa.Table, barred: Callable[[str | None], npt.NDArray[np.bool_]]) -> pa.Table:
    """A table of `top_popular` without the products that `barred(segment)`, bool [24], takes, ranked anew."""
    segments, items = popular["segment"].to_pylist(), popular["item_id"].to_pylist()
    taken = {segment: barred(segment) for segment in set(segments)}
    kept = [not taken[segment][BIT[item]] for segment, item in zip(segments, items, strict=True)]
    fewer = popular.filter(pa.array(kept, pa.bool_()))
    ranks = fewer.to_pandas().groupby("segment", dropna=False).cumcount() + 1
    return fewer.set_column(fewer.column_names.index("rank"), "rank", pa.array(ranks, pa.uint8()))


def top_popular(past: History, config: PopularityConfig) -> pa.Table:
    """Products by additions per customer not holding, for everybody (segment null) and by segment.

    Columns `segment` string, `item_id` string, `rank` uint8 from 1, `score` float32 (the rate).
    """
    added, free, _ = additions(past, config.months)
    bands = len(added) // len(SEGMENTS)
    overall = _of_all(added, free)
    rates: dict[str | None, Floats] = {None: overall}
    for code, segment in enumerate(SEGMENTS):
        here = slice(code * bands, (code + 1) * bands)
        if segment and free[here].sum() > 0:
            rates[segment] = _shrunk(added[here].sum(axis=0), free[here].sum(axis=0), overall, config.strength)
    rows = [
        {"segment": name, "item_id": PRODUCT_COLUMNS[bit], "rank": rank, "score": rate[bit]}
        for name, rate in rates.items()
        for rank, bit in enumerate(np.argsort(-rate, kind="stable"), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=POPULAR)
