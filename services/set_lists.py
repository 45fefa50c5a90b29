"""Reading the ranked lists of a set: streamed, checked row by row, kept in flat arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from set_files import LIST_TYPES, ROWS_AT_ONCE, SetError, check_types, item_bits


class Reasons:
    """Reason codes of each customer's first places: an index into the distinct lists of codes, two bytes each.

    Places after the seventh are not explained: codes that a set gives there are left out.
    """

    PLACES = 7

    def __init__(self, customers: int) -> None:
        self._index = np.zeros((customers, self.PLACES), np.uint16)
        self._position: dict[tuple[str, ...], int] = {(): 0}
        self.lists: list[list[str]] = [[]]

    def fill(self, rows: npt.NDArray[np.int64], ranks: npt.NDArray[np.uint8], column: pa.ListArray, name: str) -> None:
        """Take the codes of customers `rows` at `ranks`: none, one or two each."""
        if not (pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type)):
            raise SetError("type", f"{name}: reasons is {column.type}, not list<string>")
        lengths = pc.fill_null(column.value_lengths(), 0).to_numpy(zero_copy_only=False)
        values = column.flatten().dictionary_encode()
        if values.null_count or (len(lengths) and lengths.max() > _MOST):
            raise SetError("type", f"{name} has a place with more than {_MOST} reasons, or one that is null")
        codes, texts = values.indices.to_numpy(), ("", *values.dictionary.to_pylist())
        first, second = np.flatnonzero(lengths > 0), np.flatnonzero(lengths > 1)
        starts = np.cumsum(lengths) - lengths
        key = np.zeros(len(lengths), np.int32)  # of each code 1 + its place in the dictionary, 0 for none
        key[first] = (codes[starts[first]] + 1) * len(texts)
        key[second] += codes[starts[second] + 1] + 1
        seen = np.zeros(len(texts) ** _MOST, np.bool_)
        seen[key] = True
        positions = np.zeros(len(seen), np.uint16)
        for one in np.flatnonzero(seen).tolist():
            positions[one] = self._place(tuple(texts[code] for code in divmod(one, len(texts)) if code), name)
        told = ranks <= self.PLACES
        self._index[rows[told], ranks[told] - 1] = positions[key[told]]

    def _place(self, codes: tuple[str, ...], name: str) -> int:
        if codes not in self._position:
            if len(self.lists) > np.iinfo(np.uint16).max:
                raise SetError("type", f"{name} has more than 65,535 different lists of reasons")
            self._position[codes] = len(self.lists)
            self.lists.append(list(codes))
        return self._position[codes]

    def of(self, row: int) -> list[int]:
        """Positions in `lists` of the first places of a customer."""
        found: list[int] = self._index[row].tolist()
        return found


_MOST = 2  # reasons of a place


def read_lists(
    path: Path,
    expected: int,
    user_id: npt.NDArray[np.int64],
    held: npt.NDArray[np.uint32],
    bit_of: dict[str, int],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.float32], Reasons | None]:
    """The ranked lists: `offsets` int64 [customers + 1], product bits and scores of each place, reasons.

    Streams through the file, so that no more than the result and one batch is in memory. Checked are
    order, ranks from 1 without gaps, customers known, no product twice, none that is held, scores
    between 0 and 1, and the number of rows.
    """
    check_types(path, LIST_TYPES)
    file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    if file.metadata.num_rows != expected:
        raise SetError("count", f"{path.name} has {file.metadata.num_rows:,} rows, the manifest says {expected:,}")
    with_reasons = "reasons" in file.schema_arrow.names
    lengths = np.zeros(len(user_id) + 1, np.int64)
    items, scores = np.empty(expected, np.uint8), np.empty(expected, np.float32)
    reasons = Reasons(len(user_id)) if with_reasons else None
    columns = [*LIST_TYPES, *(["reasons"] if with_reasons else [])]
    at, last_row, last_rank, seen = 0, -1, 0, 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
        if batch.num_rows == 0:
            continue
        if any(batch.column(name).null_count for name in LIST_TYPES):
            raise SetError("type", f"{path.name} has nulls")
        ids, ranks = batch.column("user_id").to_numpy(), batch.column("rank").to_numpy()
        rows = np.minimum(np.searchsorted(user_id, ids), max(len(user_id) - 1, 0))
        if not len(user_id) or (user_id[rows] != ids).any():
            raise SetError("count", f"{path.name} has a customer who is not in customers.parquet")
        before = np.concatenate([[last_row], rows[:-1]])
        ranks_before = np.concatenate([[last_rank], ranks[:-1]]).astype(np.int64)
        same = rows == before
        if (rows < before).any():
            raise SetError("order", f"{path.name} is not sorted by user_id")
        if (ranks != np.where(same, ranks_before + 1, 1)).any():
            raise SetError("ranks", f"{path.name} has ranks that do not go 1, 2, 3 ... by customer")
        bits = item_bits(batch.column("item_id"), bit_of, path.name)
        score = batch.column("score").to_numpy()
        if not ((score >= 0) & (score <= 1)).all():
            raise SetError("type", f"{path.name} has a score that is not between 0 and 1")
        flags = np.uint32(1) << bits.astype(np.uint32)
        if (held[rows] & flags).any():
            raise SetError("held", f"{path.name} recommends a product that is held")
        seen = _check_repeats(rows, flags, last_row, seen, path.name)
        first = rows[0]
        counted = np.bincount(rows - first)
        lengths[first + 1 : first + 1 + len(counted)] += counted
        items[at : at + len(bits)], scores[at : at + len(bits)] = bits, score
        if reasons is not None:
            reasons.fill(rows, ranks, batch.column("reasons"), path.name)
        at += len(bits)
        last_row, last_rank = int(rows[-1]), int(ranks[-1])
    return np.cumsum(lengths, out=lengths), items, scores, reasons


def _check_repeats(
    rows: npt.NDArray[np.int64], flags: npt.NDArray[np.uint32], last_row: int, seen: int, name: str
) -> int:
    """No customer has a product twice; `seen` are the products of `last_row` in the batches before."""
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    once = np.bitwise_or.reduceat(flags, starts)
    count = np.diff(np.concatenate([starts, [len(rows)]]))
    again = np.bitwise_count(once) != count
    if rows[0] == last_row:
        again[0] |= bool(int(once[0]) & seen)
        once[0] |= np.uint32(seen)
    if again.any():
        raise SetError("ranks", f"{name} has a product twice for one customer")
    return int(once[-1])
