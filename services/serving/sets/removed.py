"""Products that rules barred, by customer, if the set states them: `removed.parquet`, and the rules of the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from serving.sets.files import ROWS_AT_ONCE, SetError

REMOVED = "removed.parquet"


class Removed:
    """Products that rules barred, by customer. Memory: 4 bytes per customer and 2 per customer and rule."""

    def __init__(
        self, starts: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint16], of: list[tuple[str, int]]
    ) -> None:
        """`starts` [customers + 1]; `kinds` [rows], each a position in `of`: a rule, and the bits it barred."""
        self._starts, self._kinds, self._of = starts, kinds, of

    def rules(self, row: int) -> dict[int, str]:
        """By product bit, the rule that barred it for the customer in `row` of the set."""
        taken = [self._of[kind] for kind in self._kinds[self._starts[row] : self._starts[row + 1]].tolist()]
        return {bit: rule for rule, word in taken for bit in range(word.bit_length()) if word >> bit & 1}


def read_removed(folder: Path, manifest: dict[str, Any], user_id: npt.NDArray[np.int64]) -> Removed | None:
    """The products barred for the customers `user_id` of the set in `folder`; None if it has no such file."""
    if REMOVED not in manifest["files"]:
        return None
    path, place = folder / REMOVED, dict[tuple[str, int], int]()
    lengths, kinds = np.zeros(len(user_id) + 1, np.uint32), [np.zeros(0, np.uint16)]
    last = -1
    try:
        file = pq.ParquetFile(path, read_dictionary=["rule"])
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=["user_id", "rule", "products"], use_threads=False):
            ids = batch.column("user_id").to_numpy()
            rows = np.minimum(np.searchsorted(user_id, ids), max(len(user_id) - 1, 0))
            if len(ids) and (not len(user_id) or (user_id[rows] != ids).any()):
                raise SetError("count", f"{REMOVED} has a customer who is not in customers.parquet")
            if (np.diff(rows, prepend=last) < 0).any():
                raise SetError("order", f"{REMOVED} is not sorted by user_id")
            last = int(rows[-1]) if len(rows) else last
            np.add.at(lengths, rows + 1, 1)
            kinds.append(_kinds(batch, place))
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        if isinstance(error, SetError):
            raise
        raise SetError("type", f"{REMOVED} can't be read: {error}") from error
    return Removed(np.cumsum(lengths, dtype=np.uint32), np.concatenate(kinds), list(place))


def _kinds(batch: pa.RecordBatch, place: dict[tuple[str, int], int]) -> npt.NDArray[np.uint16]:
    """For each row, the position of its rule and products in `place`, to which new ones are added."""
    rules, words = batch.column("rule"), batch.column("products").to_numpy().astype(np.uint64)
    names, code = rules.dictionary.to_pylist(), rules.indices.to_numpy().astype(np.int64)
    _, first, which = np.unique(
        np.stack([code.astype(np.uint64), words]), axis=1, return_index=True, return_inverse=True
    )
    distinct = [(str(names[code[row]]), int(words[row])) for row in first.tolist()]
    kinds = [place.setdefault(one, len(place)) for one in distinct]
    if len(place) > np.iinfo(np.uint16).max:
        raise SetError("type", f"{REMOVED} has more than 65,535 different pairs of rule and products")
    return np.array(kinds, np.uint16)[which.reshape(-1)]


def read_rules(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Version and reason of each rule in force, by its name; empty for a set that does not state them."""
    stated = manifest.get("rules", [])
    try:
        return {str(one["name"]): {key: str(one[key]) for key in ("version", "reason")} for one in stated}
    except (KeyError, TypeError) as error:
        raise SetError("manifest", f"manifest.json is damaged: an entry of rules does not have {error}") from error
