"""Reading the ranked lists of a set: streamed, checked row by row, and stored in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from serving.sets.files import LIST_TYPES, MOST_PRODUCTS, ROWS_AT_ONCE, SetError, check_types, item_bits
from serving.sets.reasons import Reasons

_FLAGS = np.uint64(1) << np.arange(MOST_PRODUCTS, dtype=np.uint64)  # of each product bit


class Lists(NamedTuple):
    """The ranked lists of all customers, one after the other."""

    offsets: npt.NDArray[np.int64]  # [customers + 1], where each customer's list begins and ends
    items: npt.NDArray[np.uint8]  # product bits, best first
    scores: npt.NDArray[np.float32]
    reasons: Reasons | None


def read_lists(
    path: Path,
    expected: int,
    user_id: npt.NDArray[np.int64],
    held: npt.NDArray[np.uint64],
    bit_of: dict[str, int],
) -> Lists:
    """The ranked lists of the customers `user_id`; raises `SetError` with the broken guarantee.

    The file is streamed, so that only the result and one batch are in memory. Checked are the order, ranks
    from 1 without gaps, that each customer is in the set, that no product is repeated or held, that scores are
    between 0 and 1, and the number of rows.
    """
    check_types(path, LIST_TYPES)
    file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    if file.metadata.num_rows != expected:
        raise SetError("count", f"{path.name} has {file.metadata.num_rows:,} rows, the manifest says {expected:,}")
    reasons = Reasons(len(user_id)) if "reasons" in file.schema_arrow.names else None
    columns = [*LIST_TYPES, *(["reasons"] if reasons is not None else [])]
    lengths = np.zeros(len(user_id) + 1, np.int64)
    items, scores = np.empty(expected, np.uint8), np.empty(expected, np.float32)
    checks, at = _Checks(path.name, user_id, held, bit_of), 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
        if batch.num_rows == 0:
            continue
        numbers = checks.checked(batch)
        lengths[numbers.customers + 1] += numbers.counts
        part = slice(at, at + batch.num_rows)
        items[part], scores[part] = numbers.bits, numbers.scores
        if reasons is not None:
            rows = np.repeat(numbers.customers, numbers.counts)
            reasons.fill(rows, numbers.ranks, batch.column("reasons"), path.name)
        at += batch.num_rows
    return Lists(np.cumsum(lengths, out=lengths), items, scores, reasons)


class _Batch(NamedTuple):
    """Values of a batch: its customers and their numbers of rows; the other values by row."""

    customers: npt.NDArray[np.int64]  # their rows in customers.parquet
    counts: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.uint8]
    bits: npt.NDArray[np.uint8]
    scores: npt.NDArray[np.float32]


@dataclass
class _Checks:
    """The guarantees of the lists, checked batch by batch; a customer's list may continue in the next batch."""

    name: str  # of the file
    user_id: npt.NDArray[np.int64]
    held: npt.NDArray[np.uint64]
    bit_of: dict[str, int]
    last_row: int = -1
    last_rank: int = 0
    seen: int = 0  # products of `last_row` so far, a bit each

    def checked(self, batch: pa.RecordBatch) -> _Batch:
        """The batch as numbers; `SetError` if it breaks a guarantee."""
        if any(batch.column(name).null_count for name in LIST_TYPES):
            raise SetError("type", f"{self.name} has nulls")
        ids = batch.column("user_id").to_numpy()
        starts = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))  # rows where another customer begins
        counts = np.diff(starts, append=len(ids))
        customers = self._customers(ids[starts])
        ranks: npt.NDArray[np.uint8] = batch.column("rank").to_numpy()
        self._check_order(customers, starts, ranks)
        bits = item_bits(batch.column("item_id"), self.bit_of, self.name)
        scores: npt.NDArray[np.float32] = batch.column("score").to_numpy()
        if not (scores.min() >= 0 and scores.max() <= 1):  # also false for NaN
            raise SetError("type", f"{self.name} has a score that is not between 0 and 1")
        products = np.bitwise_or.reduceat(_FLAGS[bits], starts)  # of each customer, a bit each
        if (self.held[customers] & products).any():
            raise SetError("held", f"{self.name} recommends a product that the customer holds")
        self._check_repeats(int(customers[0]), counts, products)
        self.last_row, self.last_rank = int(customers[-1]), int(ranks[-1])
        return _Batch(customers, counts, ranks, bits, scores)

    def _customers(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        rows = np.minimum(np.searchsorted(self.user_id, ids), max(len(self.user_id) - 1, 0))
        if not len(self.user_id) or (self.user_id[rows] != ids).any():
            raise SetError("count", f"{self.name} has a customer who is not in customers.parquet")
        return rows

    def _check_order(
        self, customers: npt.NDArray[np.int64], starts: npt.NDArray[np.intp], ranks: npt.NDArray[np.uint8]
    ) -> None:
        if customers[0] < self.last_row or (np.diff(customers) <= 0).any():
            raise SetError("order", f"{self.name} is not sorted by user_id")
        steps = np.diff(ranks.astype(np.int16), prepend=self.last_rank)
        steps[starts] = ranks[starts]  # the first rank of a customer must be 1, as every step must
        if customers[0] == self.last_row:
            steps[0] = int(ranks[0]) - self.last_rank
        if (steps != 1).any():
            raise SetError("ranks", f"{self.name} has a customer whose ranks are not 1, 2, 3 ... without gaps")

    def _check_repeats(self, first: int, counts: npt.NDArray[np.int64], products: npt.NDArray[np.uint64]) -> None:
        """Check that no customer has a product twice, also across batches."""
        again = np.bitwise_count(products) != counts
        if first == self.last_row:
            again[0] |= bool(int(products[0]) & self.seen)
            products[0] |= np.uint64(self.seen)
        if again.any():
            raise SetError("ranks", f"{self.name} has the same product twice for one customer")
        self.seen = int(products[-1])
