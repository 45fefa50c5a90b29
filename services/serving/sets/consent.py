"""The consent file in memory: which customer may be offered products over which channels.

`<recs>/consent.parquet` has a row per customer and channel: `user_id` int64, `channel` string, `allowed` bool, `since`
timestamp. The latest row counts, at equal times one that does not allow; no row means no. Rows may be in any order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

CONSENT_FILE = "consent.parquet"
MOST_CHANNELS = 64  # one bit each
COLUMNS = ("user_id", "channel", "allowed", "since")
Allows = Callable[..., bool]  # whether a customer allows a channel: from the number and, optionally, the row in the set
_Ids = npt.NDArray[np.int64]


class ConsentError(ValueError):
    """A consent file that can't be used; the message says why."""


class Consent:
    """The content of one file: `over` has for each channel a test of consent; under None, the test for all channels.

    Customers who allow the same channels have the same code, 0 for none. Memory: 9 bytes per customer with
    consent, and 1 per customer of the set in use; one byte more for each with more than 255 codes.
    """

    def __init__(self, user_id: _Ids, masks: npt.NDArray[np.unsignedinteger], channels: tuple[str, ...]) -> None:
        """`user_id` [n], sorted, without repeats; `masks` [n], bit i set where `channels[i]` is allowed."""
        self.channels, self._user_id = channels, user_id
        self._masks = np.unique(np.append(masks, masks.dtype.type(0)))  # by code
        self._code = np.searchsorted(self._masks, masks).astype(np.min_scalar_type(len(self._masks)))
        self._bits: dict[str | None, int] = {name: 1 << bit for bit, name in enumerate(channels)}
        self._bits[None] = (1 << len(channels)) - 1
        self.over = {name: self._by_number(bits) for name, bits in self._bits.items()}
        self._fitted: tuple[_Ids | None, dict[str | None, Allows]] = (None, self.over)

    def __len__(self) -> int:
        """Number of customers with consent for at least one channel."""
        return len(self._user_id)

    def of(self, user_id: int) -> dict[str, bool]:
        """Each channel of the file, and whether the customer allows it."""
        return {channel: self.over[channel](user_id) for channel in self.channels}

    def who_allow(self, channel: str | None) -> _Ids:
        """Sorted numbers of the customers who allow `channel`; None: every channel of the file."""
        bits = self._masks.dtype.type(self._bits[channel])
        allowing: _Ids = self._user_id[(self._masks & bits == bits)[self._code]]
        return allowing

    def fit_to(self, customers: _Ids) -> None:
        """Compute the codes of a set's customers (sorted): requests know their rows, so one step finds the code."""
        if self._fitted[0] is customers:
            return
        row = np.searchsorted(customers, self._user_id)
        there = np.flatnonzero(row < len(customers))
        there = there[customers[row[there]] == self._user_id[there]]
        codes = np.zeros(len(customers), self._code.dtype)
        codes[row[there]] = self._code[there]
        self._fitted = (
            customers,
            {name: self._by_row(codes, bits, self.over[name]) for name, bits in self._bits.items()},
        )

    def over_in(self, customers: _Ids) -> dict[str | None, Allows]:
        """`over` with tests that use rows of the set with these customers."""
        fitted, over = self._fitted
        return over if fitted is customers else self.over

    def _by_row(self, codes: npt.NDArray[np.unsignedinteger], bits: int, outside: Allows) -> Allows:
        masks, code = _integers(self._masks), _integers(codes)

        def allows(user_id: int, row: int = -1) -> bool:
            return masks[code[row]] & bits == bits if row >= 0 else outside(user_id)

        return allows

    def _by_number(self, bits: int) -> Allows:
        ids, masks, code = _integers(self._user_id), _integers(self._masks), _integers(self._code)
        end = len(ids)

        def allows(user_id: int, _row: int = -1) -> bool:
            at = bisect_left(ids, user_id)
            return at < end and ids[at] == user_id and masks[code[at]] & bits == bits

        return allows


def read_consent(path: Path) -> Consent:
    """The consent in the file at `path`; `ConsentError` with what is wrong, as a page with a wrong checksum."""
    try:
        with pa.OSFile(str(path)) as opened:  # stays the same file if another one replaces it meanwhile
            _check_types(pq.read_schema(opened))
            file = pq.ParquetFile(opened, read_dictionary=["channel"], page_checksum_verification=True)
            table = file.read(list(COLUMNS), use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise ConsentError(f"{path} can't be read: {error}") from error
    if empty := [name for name in COLUMNS if table[name].null_count]:
        raise ConsentError(f"{path} has nulls in {empty[0]}")
    if not table.num_rows:
        raise ConsentError(f"{path} has no rows")
    if table["user_id"].to_numpy().min() < 0:
        raise ConsentError(f"{path} has a user_id below 0")
    channels, code = _channels(table["channel"], path)
    kept = _latest(table, code)
    allowed = kept[table["allowed"].to_numpy()[kept]]
    return _by_customer(table["user_id"].to_numpy()[allowed], code[allowed], channels)


def _check_types(schema: pa.Schema) -> None:
    """Check that the four columns have usable types; `since` may have any unit and zone."""
    for name, good, wanted in (
        ("user_id", pa.types.is_int64, "int64"),
        ("channel", _is_text, "string"),
        ("allowed", pa.types.is_boolean, "bool"),
        ("since", pa.types.is_timestamp, "timestamp"),
    ):
        if name not in schema.names:
            raise ConsentError(f"{CONSENT_FILE} has no column {name}")
        if not good(schema.field(name).type):
            raise ConsentError(f"{CONSENT_FILE}: {name} is {schema.field(name).type}, not {wanted}")


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def _channels(column: pa.ChunkedArray, path: Path) -> tuple[tuple[str, ...], npt.NDArray[np.uint8]]:
    """Names of the channels in alphabetical order, and the channel of each row."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    coded = column.unify_dictionaries().combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    indices, names = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    used = sorted({names[place] for place in np.unique(indices).tolist()})
    if len(used) > MOST_CHANNELS:
        raise ConsentError(f"{path} has {len(used)} channels; at most {MOST_CHANNELS} are allowed")
    place = {name: number for number, name in enumerate(used)}
    return tuple(used), np.array([place.get(name, 0) for name in names], np.uint8)[indices]


def _latest(table: pa.Table, code: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """The rows that count, ordered by customer and channel: the latest of each, at equal times one that says no."""
    user_id = table["user_id"].to_numpy()
    ids, codes, rows = user_id, code, np.arange(len(code))
    if not _increases(ids, codes):
        since = table["since"].cast(pa.int64()).to_numpy()
        rows = np.lexsort((~table["allowed"].to_numpy(), since, code, user_id))
        ids, codes = user_id[rows], code[rows]
    last = np.append((ids[1:] != ids[:-1]) | (codes[1:] != codes[:-1]), True)
    kept: npt.NDArray[np.intp] = rows[last]
    return kept


def _increases(ids: _Ids, codes: npt.NDArray[np.uint8]) -> bool:
    same = ids[1:] == ids[:-1]
    return bool(((ids[1:] > ids[:-1]) | (same & (codes[1:] > codes[:-1]))).all())


def _by_customer(user_id: _Ids, code: npt.NDArray[np.uint8], channels: tuple[str, ...]) -> Consent:
    """Sorted rows that allow, joined to one entry per customer with the channels as bits."""
    width = next(bits for bits in (8, 16, 32, 64) if len(channels) <= bits)
    kind = np.dtype(f"uint{width}")
    if not len(user_id):
        return Consent(np.zeros(0, np.int64), np.zeros(0, kind), channels)
    flags = np.left_shift(np.array(1, kind), code.astype(kind))
    starts = np.flatnonzero(np.append(True, user_id[1:] != user_id[:-1]))
    return Consent(np.ascontiguousarray(user_id[starts]), np.bitwise_or.reduceat(flags, starts), channels)


def _integers(array: npt.NDArray[Any]) -> Sequence[int]:
    view: Any = memoryview(array)  # type: ignore[arg-type]
    return view  # type: ignore[no-any-return]
