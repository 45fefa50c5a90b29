"""The consent file in memory: which customer may be offered products over which channels.

`<recs>/consent.parquet` has a row a customer and channel: `user_id` int64, `channel` string, `allowed` bool, `since`
timestamp. The latest row wins, of equal times one that does not allow; no row means no. Rows may lie in any order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

CONSENT_FILE = "consent.parquet"
MOST_CHANNELS = 64  # a bit each
_IN_A_BUCKET = 4  # customers, in the mean: found in two steps, for a byte a customer
COLUMNS = ("user_id", "channel", "allowed", "since")
Allows = Callable[[int], bool]  # whether a customer does
_Ids = npt.NDArray[np.int64]


class ConsentError(ValueError):
    """A consent file that can't be used; the message says why."""


class Consent:
    """What one file says: `over` has by channel whether a customer allows it; under None, whether every channel.

    Memory: where numbers of customers lie close together, 1 to 8 bytes a number from the least to the largest one, at
    most 16 bytes a customer with consent; else 10 to 17 bytes of such a customer. Those without consent take none.
    """

    def __init__(self, user_id: _Ids, masks: npt.NDArray[np.unsignedinteger], channels: tuple[str, ...]) -> None:
        """`user_id` [n], sorted, without repeats; `masks` [n], bit i set where `channels[i]` is allowed."""
        self.channels, self._customers = channels, len(user_id)
        needed = {name: 1 << bit for bit, name in enumerate(channels)}
        make = _in_a_table(user_id, masks) if _lie_close(user_id, masks.itemsize) else _in_buckets(user_id, masks)
        self.over: dict[str | None, Allows] = {name: make(bits) for name, bits in needed.items()}
        self.over[None] = make((1 << len(channels)) - 1)

    def __len__(self) -> int:
        """Customers with consent for at least one channel."""
        return self._customers


def _lie_close(user_id: _Ids, width: int) -> bool:
    return bool(len(user_id)) and (int(user_id[-1]) - int(user_id[0]) + 1) * width <= 16 * len(user_id)


def _in_a_table(user_id: _Ids, masks: npt.NDArray[np.unsignedinteger]) -> Callable[[int], Allows]:
    """For each mask of channels a look-up that takes one step: a search costs a request several times as much."""
    low = int(user_id[0])
    table = np.zeros(int(user_id[-1]) - low + 1, masks.dtype)
    table[user_id - low] = masks
    found: Sequence[int] = table.tobytes() if table.itemsize == 1 else _integers(table)
    end = len(found)

    def make(needed: int) -> Allows:
        def allows(user_id: int) -> bool:
            at = user_id - low
            return 0 <= at < end and found[at] & needed == needed

        return allows

    return make


def _in_buckets(user_id: _Ids, masks: npt.NDArray[np.unsignedinteger]) -> Callable[[int], Allows]:
    """The same for numbers that lie far apart: a bucket is the rest of a division and holds a handful of customers."""
    buckets = _prime_from(len(user_id) // _IN_A_BUCKET)
    bucket = user_id % buckets
    order = np.argsort(bucket, kind="stable")  # within a bucket by number
    starts = _integers(np.searchsorted(bucket[order], np.arange(buckets + 1)).astype(np.uint32))
    ids, found = _integers(user_id[order]), _integers(masks[order])

    def make(needed: int) -> Allows:
        def allows(user_id: int) -> bool:
            bucket = user_id % buckets
            end = starts[bucket + 1]
            at = bisect_left(ids, user_id, starts[bucket], end)
            return at < end and ids[at] == user_id and found[at] & needed == needed

        return allows

    return make


def _prime_from(least: int) -> int:
    """A prime: numbers that all end alike, or lie a round number apart, fall into buckets as others do."""
    number = max(least, 3) | 1
    while any(number % one == 0 for one in range(3, isqrt(number) + 1, 2)):
        number += 2
    return number


def read_consent(path: Path) -> Consent:
    """The file at `path`; raises `ConsentError` with what is wrong with it. A page whose checksum differs is wrong."""
    try:
        with pa.OSFile(str(path)) as opened:  # one file, though another may be renamed to its name meanwhile
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
    """The four columns are there with types that can be used; the unit and the zone of `since` do not matter."""
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
    """Names of the channels in the order of the alphabet, and which of them each row is of."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    coded = column.unify_dictionaries().combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    indices, names = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    used = sorted({names[place] for place in np.unique(indices).tolist()})
    if len(used) > MOST_CHANNELS:
        raise ConsentError(f"{path} has {len(used)} channels, of at most {MOST_CHANNELS}")
    place = {name: number for number, name in enumerate(used)}
    return tuple(used), np.array([place.get(name, 0) for name in names], np.uint8)[indices]


def _latest(table: pa.Table, code: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Which rows count, in the order of customer and channel: of each the latest, of equal times one that says no."""
    user_id = table["user_id"].to_numpy()
    ids, codes, rows = user_id, code, np.arange(len(code))
    if not _increases(ids, codes):
        since = table["since"].cast(pa.int64()).to_numpy()
        rows = np.lexsort((~table["allowed"].to_numpy(), since, code, user_id))
        ids, codes = user_id[rows], code[rows]
    last = np.append((ids[1:] != ids[:-1]) | (codes[1:] != codes[:-1]), True)
    found: npt.NDArray[np.intp] = rows[last]
    return found


def _increases(ids: _Ids, codes: npt.NDArray[np.uint8]) -> bool:
    same = ids[1:] == ids[:-1]
    return bool(((ids[1:] > ids[:-1]) | (same & (codes[1:] > codes[:-1]))).all())


def _by_customer(user_id: _Ids, code: npt.NDArray[np.uint8], channels: tuple[str, ...]) -> Consent:
    """Sorted rows that allow, a customer each with the channels as bits."""
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
