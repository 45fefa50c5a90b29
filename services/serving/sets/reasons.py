"""Reason codes of a set in memory: each distinct list of codes once, two bytes per place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from serving.sets.files import SetError

_MOST = 2  # reasons per place
_MOST_CODES = 4_096  # of a set, with the code for none; limited, as pairs of codes are looked up in a table


class Reasons:
    """Reason codes of each customer's first places: an index into the distinct lists of codes, two bytes each.

    Places after the seventh have no reasons: codes of a set there are ignored.
    """

    PLACES = 7

    def __init__(self, customers: int) -> None:
        self._index = np.zeros(customers * self.PLACES, np.uint16)
        self._position: dict[tuple[str, ...], int] = {(): 0}
        self.lists: list[list[str]] = [[]]
        self._texts = [""]  # codes seen so far, after the one for none
        self._number: dict[str, int] = {}  # position of each code in `_texts`
        self._of_pair = np.zeros(0, np.int32)  # position of two codes: number of the first * codes + of the second

    def fill(self, rows: npt.NDArray[np.int64], ranks: npt.NDArray[np.uint8], column: pa.ListArray, name: str) -> None:
        """Store the codes of customers `rows` at `ranks`: none, one or two each."""
        if not (pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type)):
            raise SetError("type", f"{name}: reasons is {column.type}, not list<string>")
        lengths = column.value_lengths()
        lengths = (pc.fill_null(lengths, 0) if lengths.null_count else lengths).to_numpy(zero_copy_only=False)
        values = column.flatten()
        if values.null_count or (len(lengths) and lengths.max() > _MOST):
            raise SetError("type", f"{name} has a product with more than {_MOST} reasons, or a reason that is null")
        codes = self._numbers(values.dictionary_encode(), name)
        with_reasons = np.flatnonzero((lengths > 0) & (ranks <= self.PLACES))
        starts = (np.cumsum(lengths) - lengths)[with_reasons]
        pair = codes[starts] * len(self._texts)
        two = np.flatnonzero(lengths[with_reasons] > 1)
        pair[two] += codes[starts[two] + 1]
        position = self._of_pair[pair]
        if (position < 0).any():
            self._add(np.unique(pair[position < 0]), name)
            position = self._of_pair[pair]
        self._index[rows[with_reasons] * self.PLACES + ranks[with_reasons] - 1] = position

    def _numbers(self, values: pa.DictionaryArray, name: str) -> npt.NDArray[np.int32]:
        """Numbers of codes, the same for all batches, though each batch has a dictionary of its own."""
        texts = values.dictionary.to_pylist()
        new = [text for text in texts if text not in self._number]
        self._number.update((text, len(self._texts) + place) for place, text in enumerate(new))
        self._texts += new
        if len(self._texts) > _MOST_CODES:
            raise SetError("type", f"{name} has more than {_MOST_CODES - 1:,} different reasons")
        if new:
            self._of_pair = np.full(len(self._texts) ** _MOST, -1, np.int32)
        number = np.array([self._number[text] for text in texts] or [0], np.int32)
        codes: npt.NDArray[np.int32] = number[values.indices.to_numpy()]
        return codes

    def _add(self, pairs: npt.NDArray[np.int32], name: str) -> None:
        """Give positions to pairs of codes that are new."""
        for pair in pairs.tolist():
            both = (self._texts[code] for code in divmod(pair, len(self._texts)) if code)
            self._of_pair[pair] = self._place(tuple(both), name)

    def _place(self, codes: tuple[str, ...], name: str) -> int:
        if codes not in self._position:
            if len(self.lists) > np.iinfo(np.uint16).max:
                raise SetError("type", f"{name} has more than 65,535 different lists of reasons")
            self._position[codes] = len(self.lists)
            self.lists.append(list(codes))
        return self._position[codes]

    def of(self, row: int) -> list[int]:
        """Positions in `lists` of the first places of a customer."""
        positions: list[int] = self._index[row * self.PLACES : (row + 1) * self.PLACES].tolist()
        return positions
