"""Customers who asked for no offers: the suppression list, and lists without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bankrec.errors import InputError
from bankrec.histories import History
from bankrec.products import N_PRODUCTS
from bankrec.recommend import Ranked
from bankrec.rules import Barred, Rule

NAME, REASON = "suppressed", "a customer who asked for no offers gets none"


def without(ranked: Ranked, suppressed: frozenset[int]) -> Ranked:
    """The same lists, empty and marked `suppressed` for customers on the suppression list."""
    rows = _listed(ranked.user_id, suppressed)
    items, scores = ranked.items.copy(), ranked.scores.copy()
    removed = ranked.removed | {NAME: int((items[rows] >= 0).sum())}
    items[rows], scores[rows] = -1, 0.0
    status = np.where(rows, NAME, ranked.status)
    return replace(ranked, items=items, scores=scores, status=status, removed=removed)


def as_rules(suppressed: frozenset[int]) -> tuple[Rule, ...]:
    """The list as a rule that bars everything, so that its cost is told where it is known what was added."""

    def barred(batch: History, _: object) -> Barred:
        return np.repeat(_listed(batch.user_id, suppressed)[:, None], N_PRODUCTS, axis=1)

    return (Rule(NAME, REASON, barred),) if suppressed else ()


def _listed(user_id: npt.NDArray[np.int64], suppressed: frozenset[int]) -> npt.NDArray[np.bool_]:
    return np.isin(user_id, np.fromiter(suppressed, np.int64, len(suppressed)))


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
