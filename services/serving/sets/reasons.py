"""Reason codes of a set in memory: each distinct list of codes once, two bytes a place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from serving.sets.files import SetError

_MOST = 2  # reasons of a place


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
