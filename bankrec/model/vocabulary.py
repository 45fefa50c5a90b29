"""The vocabulary: of each open category, one with many values and new ones at times, those that are told apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.bank.description import ProfileColumn
from bankrec.history import History, present

Vocabulary = Mapping[str, npt.NDArray[np.str_]]
Codes = npt.NDArray[np.int64]


def learn_vocabulary(past: History) -> dict[str, npt.NDArray[np.str_]]:
    """By the name of each open category that models see: its commonest values of customers present in the last month.

    Sorted by name; so many as the bank's description says.
    """
    there = past.take(present(past))
    open_ones = [column for column in past.bank.profile if column.commonest and column.in_models]
    return {column.name: _commonest(there.profile[column.column], column.commonest or 0) for column in open_ones}


def category_codes(past: History, column: ProfileColumn, vocabulary: Vocabulary) -> tuple[int, Codes]:
    """Number of codes of a category, and that of each customer: int64 [n].

    0 is unknown and the values follow; of an open category the values come first and any other is the last.
    """
    values = past.profile[column.column]
    if column.commonest:
        known = vocabulary[column.name]
        return len(known) + 1, _places(values.cast(pa.string()), pa.array(known.tolist(), pa.string()), len(known))
    declared = pa.array(list(column.values)).cast(values.type)
    return len(column.values) + 1, _places(values, declared, -1) + 1


def _places(values: pa.ChunkedArray, known: pa.Array, otherwise: int) -> Codes:
    places: Codes = pc.fill_null(pc.index_in(values, value_set=known), otherwise).to_numpy().astype(np.int64)
    return places


def _commonest(values: pa.ChunkedArray, most: int) -> npt.NDArray[np.str_]:
    texts = pa.chunked_array(values).combine_chunks().cast(pa.string()) if len(values) else pa.array([], pa.string())
    pairs = [(-entry["counts"].as_py(), entry["values"].as_py() or "") for entry in pc.value_counts(texts)]
    return np.array(sorted(name for _, name in sorted(pairs)[:most]), dtype=np.str_)
