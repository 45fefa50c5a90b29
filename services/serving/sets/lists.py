"""Reading the ranked lists of a set: streamed, checked row by row, kept in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from serving.sets.files import LIST_TYPES, ROWS_AT_ONCE, SetError, check_types, item_bits
from serving.sets.reasons import Reasons


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
    """The ranked lists of the customers `user_id`; raises `SetError` with the promise that is broken.

    Streams through the file, so that no more than the result and one batch is in memory. Checked are
    order, ranks from 1 without gaps, customers known, no product twice, none that is held, scores
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
        rows, ranks, bits, score = checks.checked(batch)
        first = rows[0]
        counted = np.bincount(rows - first)
        lengths[first + 1 : first + 1 + len(counted)] += counted
        items[at : at + len(bits)], scores[at : at + len(bits)] = bits, score
        if reasons is not None:
            reasons.fill(rows, ranks, batch.column("reasons"), path.name)
        at += len(bits)
    return Lists(np.cumsum(lengths, out=lengths), items, scores, reasons)


class _Batch(NamedTuple):
    """What a batch says, by row."""

    rows: npt.NDArray[np.int64]  # of the customers
    ranks: npt.NDArray[np.uint8]
    bits: npt.NDArray[np.uint8]
    scores: npt.NDArray[np.float32]


@dataclass
class _Checks:
    """The promises of the lists, checked batch by batch; a customer's list may go over the end of a batch."""

    name: str  # of the file
    user_id: npt.NDArray[np.int64]
    held: npt.NDArray[np.uint64]
    bit_of: dict[str, int]
    last_row: int = -1
    last_rank: int = 0
    seen: int = 0  # products of `last_row` so far, a bit each

    def checked(self, batch: pa.RecordBatch) -> _Batch:
        """The batch in numbers, if it keeps the promises; `SetError` if not."""
        if any(batch.column(name).null_count for name in LIST_TYPES):
            raise SetError("type", f"{self.name} has nulls")
        ranks: npt.NDArray[np.uint8] = batch.column("rank").to_numpy()
        rows = self._customers(batch.column("user_id").to_numpy())
        self._check_order(rows, ranks)
        bits = item_bits(batch.column("item_id"), self.bit_of, self.name)
        scores: npt.NDArray[np.float32] = batch.column("score").to_numpy()
        if not ((scores >= 0) & (scores <= 1)).all():
            raise SetError("type", f"{self.name} has a score that is not between 0 and 1")
        flags = np.uint64(1) << bits.astype(np.uint64)
        if (self.held[rows] & flags).any():
            raise SetError("held", f"{self.name} recommends a product that is held")
        self._check_repeats(rows, flags)
        self.last_row, self.last_rank = int(rows[-1]), int(ranks[-1])
        return _Batch(rows, ranks, bits, scores)

    def _customers(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        rows = np.minimum(np.searchsorted(self.user_id, ids), max(len(self.user_id) - 1, 0))
        if not len(self.user_id) or (self.user_id[rows] != ids).any():
            raise SetError("count", f"{self.name} has a customer who is not in customers.parquet")
        return rows

    def _check_order(self, rows: npt.NDArray[np.int64], ranks: npt.NDArray[np.uint8]) -> None:
        before = np.concatenate([[self.last_row], rows[:-1]])
        ranks_before = np.concatenate([[self.last_rank], ranks[:-1]]).astype(np.int64)
        if (rows < before).any():
            raise SetError("order", f"{self.name} is not sorted by user_id")
        if (ranks != np.where(rows == before, ranks_before + 1, 1)).any():
            raise SetError("ranks", f"{self.name} has ranks that do not go 1, 2, 3 ... by customer")

    def _check_repeats(self, rows: npt.NDArray[np.int64], flags: npt.NDArray[np.uint64]) -> None:
        """No customer has a product twice, those of the batches before counted."""
        starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
        once = np.bitwise_or.reduceat(flags, starts)
        count = np.diff(np.concatenate([starts, [len(rows)]]))
        again = np.bitwise_count(once) != count
        if rows[0] == self.last_row:
            again[0] |= bool(int(once[0]) & self.seen)
            once[0] |= np.uint64(self.seen)
        if again.any():
            raise SetError("ranks", f"{self.name} has a product twice for one customer")
        self.seen = int(once[-1])
