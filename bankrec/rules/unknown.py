"""What rules take from customers whom the set does not know, by what a caller may state of them: segment and age."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from bankrec.bank.categories import OLDEST
from bankrec.rules.builtin import Barred, Rule, barred_unknown
from bankrec.rules.offerable import Offerable


def by_age(segment: str | None, tables: Offerable, rules: tuple[Rule, ...]) -> list[tuple[int, int, Barred]]:
    """Ages 0 to `OLDEST` cut where what `rules` take changes: from, to (both included), and what is taken.

    >>> from bankrec.rules.builtin import JUNIOR, RULES
    >>> only_junior = Offerable(np.zeros(24, np.bool_), np.arange(24) == JUNIOR)
    >>> [(low, high, int(barred.sum())) for low, high, barred in by_age(None, only_junior, RULES)]
    [(0, 17, 23), (18, 120, 1)]
    """
    taken = {age: barred_unknown(segment, tables, rules, age) for age in range(OLDEST + 1)}
    bands = [list(ages) for _, ages in groupby(taken, key=lambda age: np.packbits(taken[age]).tobytes())]
    return [(ages[0], ages[-1], taken[ages[0]]) for ages in bands]
