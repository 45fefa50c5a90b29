"""Popular products for customers who are not in the set but whose age is stated: `popular_by_age.parquet`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from serving.sets.files import POPULAR_TYPES, SetError, item_bits, read_table

POPULAR_BY_AGE = "popular_by_age.parquet"
_TYPES = POPULAR_TYPES | {"age_from": pa.uint8(), "age_to": pa.uint8()}
Band = tuple[int, int, bytes, Any]  # ages from and to, product bits best first, scores float32


def read_by_age(folder: Path, manifest: dict[str, Any], bit_of: dict[str, int]) -> dict[str | None, list[Band]]:
    """Lists by segment and band of ages; empty for a set that has none. `SetError` if ranks or bands are wrong."""
    if POPULAR_BY_AGE not in manifest["files"]:
        return {}
    table = read_table(folder / POPULAR_BY_AGE, _TYPES)
    bits = item_bits(table["item_id"].combine_chunks(), bit_of, POPULAR_BY_AGE).tolist()
    names = ("segment", "age_from", "age_to", "rank", "score")
    segments, low, high, ranks, scores = (table[name].to_pylist() for name in names)
    rows = sorted(zip(segments, low, high, ranks, bits, scores, strict=True), key=lambda row: (row[0] or "", *row[1:5]))
    by_segment: dict[str | None, list[Band]] = {}
    for (segment, age_from, age_to), places in groupby(rows, key=lambda row: row[:3]):
        _, _, _, rank, listed, score = zip(*places, strict=True)
        bands = by_segment.setdefault(segment, [])
        if list(rank) != list(range(1, len(rank) + 1)) or len(set(listed)) < len(listed):
            raise SetError("ranks", f"{POPULAR_BY_AGE} has ranks with gaps or a product twice for segment {segment}")
        if age_to < age_from or (bands and bands[-1][1] >= age_from):
            raise SetError("order", f"{POPULAR_BY_AGE} has bands of ages that overlap for segment {segment}")
        bands.append((age_from, age_to, bytes(listed), np.array(score, np.float32)))
    return by_segment


def at_age(bands: list[Band], age: int) -> tuple[bytes, Any] | None:
    """Product bits and scores for an age; None if no product is left for it."""
    return next(((bits, scores) for low, high, bits, scores in bands if low <= age <= high), None)
