"""The vocabulary: the values of an open category that models know (its commonest), and the deciles of an own number.

With it the values of flags, categories and own features become codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.bank.description import OwnFeature, ProfileColumn
from bankrec.history import History, present

Vocabulary = Mapping[str, npt.NDArray[Any]]
Codes = npt.NDArray[np.int64]


def learn_vocabulary(past: History) -> dict[str, npt.NDArray[Any]]:
    """Learned from the customers present in the last month of `past`.

    Under the name of each open category in models: its commonest values, str, sorted, as many as the bank's
    description says. Under that of each own number for which the bank gives no bands: its deciles, float64.
    """
    there = past.take(present(past))
    numbers = [feature.name for feature in past.bank.features if feature.kind == "number" and feature.bands is None]
    tenths = {name: _tenths(there.own[name][:, -1]) for name in numbers}
    open_ones = [column for column in past.bank.profile if column.commonest and column.in_models]
    commonest = {column.name: _commonest(there.profile[column.column], column.commonest or 0) for column in open_ones}
    return {**commonest, **tenths}


def says_yes(past: History, column: ProfileColumn) -> npt.NDArray[np.bool_]:
    """Which customers have the value of a flag that means yes: bool [n]."""
    yes: npt.NDArray[np.bool_] = past.profile[column.column].to_numpy(zero_copy_only=False) == column.yes
    return yes


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


def own_codes(past: History, feature: OwnFeature, vocabulary: Vocabulary) -> tuple[int, Codes]:
    """The same of the bank's own feature in the last month; the last code of a number is unknown."""
    values = past.own[feature.name][:, -1]
    if feature.kind == "category":
        return len(feature.values) + 1, np.nan_to_num(values).astype(np.int64)
    edges = feature.bands.edges if feature.bands else vocabulary[feature.name]
    codes = np.searchsorted(edges, np.nan_to_num(values), side="right")
    return len(edges) + 2, np.where(np.isnan(values), len(edges) + 1, codes)


def _tenths(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.arange(1, 10) / 10)) if len(known) else np.zeros(0)


def _places(values: pa.ChunkedArray, known: pa.Array, otherwise: int) -> Codes:
    places: Codes = pc.fill_null(pc.index_in(values, value_set=known), otherwise).to_numpy().astype(np.int64)
    return places


def _commonest(values: pa.ChunkedArray, most: int) -> npt.NDArray[np.str_]:
    texts = pa.chunked_array(values).combine_chunks().cast(pa.string()) if len(values) else pa.array([], pa.string())
    pairs = [(-entry["counts"].as_py(), entry["values"].as_py() or "") for entry in pc.value_counts(texts)]
    return np.array(sorted(name for _, name in sorted(pairs)[:most]), dtype=np.str_)
