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
        self._index = np.zeros(customers * self.PLACES, np.uint16)
        self._position: dict[tuple[str, ...], int] = {(): 0}
        self.lists: list[list[str]] = [[]]
        self._texts, self._of_pair = pa.array([""], pa.string()), np.zeros(1, np.int32)  # of the batch before

    def fill(self, rows: npt.NDArray[np.int64], ranks: npt.NDArray[np.uint8], column: pa.ListArray, name: str) -> None:
        """Take the codes of customers `rows` at `ranks`: none, one or two each; texts, or places in a dictionary."""
        kind = column.type.value_type if pa.types.is_list(column.type) else column.type
        coded = pa.types.is_dictionary(kind)
        if column.type == kind or not pa.types.is_string(kind.value_type if coded else kind):
            raise SetError("type", f"{name}: reasons is {column.type}, not list<string>")
        lengths = column.value_lengths()
        lengths = (pc.fill_null(lengths, 0) if lengths.null_count else lengths).to_numpy(zero_copy_only=False)
        values = column.flatten()
        if values.null_count or (len(lengths) and lengths.max() > _MOST):
            raise SetError("type", f"{name} has a place with more than {_MOST} reasons, or one that is null")
        values = values if coded else values.dictionary_encode()
        codes = values.indices.to_numpy()
        if not values.dictionary.equals(self._texts):
            self._texts = values.dictionary
            self._of_pair = np.full((len(self._texts) + 1) ** _MOST, -1, np.int32)
        told = np.flatnonzero((lengths > 0) & (ranks <= self.PLACES))
        starts = (np.cumsum(lengths) - lengths)[told]
        pair = (codes[starts] + 1) * (len(self._texts) + 1)  # of each code 1 + its place, 0 for none
        two = np.flatnonzero(lengths[told] > 1)
        pair[two] += codes[starts[two] + 1] + 1
        position = self._of_pair[pair]
        if (position < 0).any():
            self._add(np.unique(pair[position < 0]), name)
            position = self._of_pair[pair]
        self._index[rows[told] * self.PLACES + ranks[told] - 1] = position

    def _add(self, pairs: npt.NDArray[np.int32], name: str) -> None:
        """Give places to pairs of codes that are new."""
        texts = ("", *self._texts.to_pylist())
        for pair in pairs.tolist():
            self._of_pair[pair] = self._place(tuple(texts[code] for code in divmod(pair, len(texts)) if code), name)

    def _place(self, codes: tuple[str, ...], name: str) -> int:
        if codes not in self._position:
            if len(self.lists) > np.iinfo(np.uint16).max:
                raise SetError("type", f"{name} has more than 65,535 different lists of reasons")
            self._position[codes] = len(self.lists)
            self.lists.append(list(codes))
        return self._position[codes]

    def of(self, row: int) -> list[int]:
        """Positions in `lists` of the first places of a customer."""
        found: list[int] = self._index[row * self.PLACES : (row + 1) * self.PLACES].tolist()
        return found
