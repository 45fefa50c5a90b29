"""Popularity: rates of products held, of recent acquisitions, and of these by segment and age band."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.bank.description import Bank
from bankrec.config import PopularityConfig
from bankrec.history import History, first_ages, segment_codes
from bankrec.holdings import PRESENT, unpack
from bankrec.transitions import Transition, counts, members

Floats = npt.NDArray[np.float64]
POPULAR = pa.schema([("segment", pa.string()), ("item_id", pa.string()), ("rank", pa.uint8()), ("score", pa.float32())])


def number_of_cells(bank: Bank) -> int:
    """Segments, the unknown one counted, times bands of age."""
    return len(bank.segments) * _bands(bank)


def _bands(bank: Bank) -> int:
    bands = bank.age_cut("reason")
    return len(bands) if bands else 1


def cells(past: History) -> npt.NDArray[np.int64]:
    """`segment_by_age` by the age in each customer's first month, which the profile keeps."""
    return segment_by_age(past, first_ages)


def segment_by_age(past: History, years: Callable[[History], npt.NDArray[np.generic]]) -> npt.NDArray[np.int64]:
    """Segment in the last month x band of the age in `years(past)`: int64 [n], below `number_of_cells`.

    A bank that keeps no age has one band, one without segments has the unknown segment alone.
    """
    bands, segment = past.bank.age_cut("reason"), segment_codes(past)
    return segment * len(bands) + bands.of(years(past)) if bands else segment


def of_ownership(past: History) -> Floats:
    """Share of the customers of the last month who hold each product: float64 [products]."""
    last, products = past.words[:, -1], past.bank.n
    last = last[(last & PRESENT) != 0]
    return unpack(last, products).mean(axis=0) if len(last) else np.zeros(products)


def acquisitions(past: History, months: int) -> tuple[Floats, Floats]:
    """Acquisitions, and customers not holding, over the last `months` transitions: each float64 [cells, products]."""
    size, products = number_of_cells(past.bank), past.bank.n
    added, free = np.zeros((size, products)), np.zeros((size, products))
    total = past.words.shape[1]
    inside = members(cells(past), size)
    for t in range(max(1, total - months), total):
        step = Transition.into(past.words, t, products)
        added += counts(step.added, inside, products)
        free += counts(step.not_held, inside, products)
    return added, free


def of_acquisitions(past: History, config: PopularityConfig) -> Floats:
    """Acquisitions per customer not holding, over the latest transitions: float64 [products]."""
    added, free = acquisitions(past, config.months)
    return _of_all(added, free)


def by_cell(past: History, config: PopularityConfig) -> Floats:
    """Acquisitions per customer not holding within segment x age band: float64 [cells, products].

    Each rate is shrunk towards the bank's, as that of a small cell is uncertain.
    """
    added, free = acquisitions(past, config.months)
    return _shrunk(added, free, _of_all(added, free), config.strength)


def _of_all(added: Floats, free: Floats) -> Floats:
    """Acquisitions per customer not holding, of all cells together: float64 [products]."""
    rates: Floats = added.sum(axis=0) / np.maximum(free.sum(axis=0), 1.0)
    return rates


def _shrunk(added: Floats, free: Floats, overall: Floats, strength: float) -> Floats:
    """Acquisitions per customer not holding, shrunk towards `overall` as by `strength` more customers at it."""
    return (added + strength * overall) / (free + strength)


def without(popular: pa.Table, bank: Bank, barred: Callable[[str | None], npt.NDArray[np.bool_]]) -> pa.Table:
    """A table of `top_popular` without the products in `barred(segment)`, bool [products], ranked again."""
    segments, items = popular["segment"].to_pylist(), popular["item_id"].to_pylist()
    taken = {segment: barred(segment) for segment in set(segments)}
    kept = [not taken[segment][bank.bit[item]] for segment, item in zip(segments, items, strict=True)]
    fewer = popular.filter(pa.array(kept, pa.bool_()))
    ranks = fewer.to_pandas().groupby("segment", dropna=False).cumcount() + 1
    return fewer.set_column(fewer.column_names.index("rank"), "rank", pa.array(ranks, pa.uint8()))


def top_popular(past: History, config: PopularityConfig) -> pa.Table:
    """Products by acquisitions per customer not holding, for all customers (segment null) and by segment.

    Columns `segment` string, `item_id` string, `rank` uint8 from 1, `score` float32 (the rate).
    """
    added, free = acquisitions(past, config.months)
    bank, bands = past.bank, _bands(past.bank)
    overall = _of_all(added, free)
    rates: dict[str | None, Floats] = {None: overall}
    for code, segment in enumerate(bank.segments):
        here = slice(code * bands, (code + 1) * bands)
        if segment and free[here].sum() > 0:
            rates[segment] = _shrunk(added[here].sum(axis=0), free[here].sum(axis=0), overall, config.strength)
    rows = [
        {"segment": name, "item_id": bank.ids[bit], "rank": rank, "score": rate[bit]}
        for name, rate in rates.items()
        for rank, bit in enumerate(np.argsort(-rate, kind="stable"), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=POPULAR)
