"""Customers who asked for no offers: the suppression list, and lists without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bankrec.errors import InputError
from bankrec.recommend import Ranked


def without(ranked: Ranked, suppressed: frozenset[int]) -> Ranked:
    """The same lists, empty and marked `suppressed` for customers on the suppression list."""
    rows = np.isin(ranked.user_id, np.fromiter(suppressed, np.int64, len(suppressed)))
    items, scores = ranked.items.copy(), ranked.scores.copy()
    removed = ranked.removed | {"suppressed": int((items[rows] >= 0).sum())}
    items[rows], scores[rows] = -1, 0.0
    status = np.where(rows, "suppressed", ranked.status)
    return replace(ranked, items=items, scores=scores, status=status, removed=removed)


def read_suppressed(path: Path | None) -> frozenset[int]:
    """Customer ids of a suppression list, one a line; blank lines are allowed."""
    if path is None:
        return frozenset()
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.strip().isdigit():
            raise InputError(f"{path}, line {number}: {line.strip()!r} is not a customer id")
    return frozenset(int(line) for line in lines if line.strip())
