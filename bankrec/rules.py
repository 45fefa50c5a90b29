"""Rules before rank: which products may be offered to whom. Each has a name and a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.histories import History
from bankrec.words import HOLDINGS, unpack

Barred = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """A rule: `barred(past)` says which of the 24 products it takes from each customer, bool [n, 24]."""

    name: str
    reason: str
    barred: Callable[[History], Barred]


def _held(past: History) -> Barred:
    return unpack(past.words[:, -1] & HOLDINGS)


RULES: tuple[Rule, ...] = (Rule("not_held", "what is held already can't be added", _held),)


def apply(past: History, rules: tuple[Rule, ...] = RULES) -> tuple[Barred, dict[str, int]]:
    """What all rules together bar, bool [n, 24], and how many candidates each removed (the first counts)."""
    barred = np.zeros((len(past), 24), dtype=np.bool_)
    removed: dict[str, int] = {}
    for rule in rules:
        by_rule = rule.barred(past)
        removed[rule.name] = int((by_rule & ~barred).sum())
        barred |= by_rule
    return barred, removed
