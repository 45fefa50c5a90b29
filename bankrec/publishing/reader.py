"""The lists of a published set, read back as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bankrec.bank.description import Bank
from bankrec.holdings import Words
from bankrec.lookup import rows_of
from bankrec.publishing import sets
from bankrec.ranked import lists_by


@dataclass(frozen=True)
class SetLists:
    """The lists of a set of `bank` as arrays, aligned by customer of its as-of month."""

    bank: Bank
    user_id: npt.NDArray[np.int64]
    items: npt.NDArray[np.int8]
    scores: npt.NDArray[np.float32]
    held: Words
    segment: npt.NDArray[np.str_]
    status: npt.NDArray[np.str_]


def read_lists(folder: Path) -> SetLists:
    """Read `recommendations.parquet` and `customers.parquet` of the set in `folder`.

    Suppressed customers without a row in the as-of month are left out: nothing can be evaluated on them.
    """
    bank = sets.bank_of(sets.read_manifest(folder))
    customers = pq.read_table(folder / sets.CUSTOMERS)
    customers = customers.filter(pc.invert(sets.without_a_row(customers)))
    lists = pq.read_table(folder / sets.RECOMMENDATIONS)
    user_id = customers["user_id"].to_numpy()
    item = lists["item_id"].combine_chunks()
    bits = np.array([bank.bit[name] for name in item.dictionary.to_pylist()], np.int8)
    rows = rows_of(user_id, lists["user_id"].to_numpy())
    places = lists["rank"].to_numpy().astype(np.int64) - 1
    items = np.full((len(user_id), bank.n), -1, np.int8)
    scores = np.zeros((len(user_id), bank.n), np.float32)
    items[rows, places] = bits[item.indices.to_numpy()]
    scores[rows, places] = lists["score"].to_numpy()
    segment = np.array([name or "unknown" for name in customers["segment"].to_pylist()], dtype=np.str_)
    status = np.array(customers["status"].to_pylist(), dtype=np.str_)
    held = customers["held"].to_numpy().astype(np.uint64)
    return SetLists(bank, user_id, items, scores, held, segment, status)


def popular_lists(folder: Path, held: Words) -> npt.NDArray[np.int8]:
    """Lists of the popularity baseline, without products held: by `popularity`, in older sets by `top_popular`.

    `popularity` counts every acquisition; from `top_popular` rules remove products that some customers may be offered.
    """
    manifest = sets.read_manifest(folder)
    bank = sets.bank_of(manifest)
    rates = np.full(bank.n, -1000.0)  # a product that is not listed comes last
    if popularity := manifest.get("popularity"):
        rates[[bank.bit[name] for name in popularity]] = list(popularity.values())
    else:
        top = pq.read_table(folder / sets.POPULAR).to_pandas()
        top = top[top["segment"].isna()]
        rates[[bank.bit[name] for name in top["item_id"]]] = -top["rank"].to_numpy(dtype=float)
    return lists_by(rates, held)
