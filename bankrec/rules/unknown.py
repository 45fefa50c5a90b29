"""The products that rules bar for customers who are not in the set, by the segment and age that a caller may state."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from bankrec.rules.builtin import Barred, Rule, barred_unknown
from bankrec.rules.offerable import Offerable

OLDEST = 120  # highest age in years that a request may state


def by_age(segment: str | None, tables: Offerable, rules: tuple[Rule, ...]) -> list[tuple[int, int, Barred]]:
    """Ages 0 to 120 divided where the products that `rules` bar change: from, to (both included), and those products.

    >>> from bankrec.rules.builtin import RULES
    >>> junior = np.arange(24) == 5
    >>> only_junior = Offerable(np.zeros(24, np.bool_), junior, np.zeros(24, np.bool_), until_age=18 * junior)
    >>> [(low, high, int(barred.sum())) for low, high, barred in by_age(None, only_junior, RULES)]
    [(0, 17, 23), (18, 120, 1)]
    """
    barred = {age: barred_unknown(segment, tables, rules, age) for age in range(OLDEST + 1)}
    bands = [list(ages) for _, ages in groupby(barred, key=lambda age: np.packbits(barred[age]).tobytes())]
    return [(ages[0], ages[-1], barred[ages[0]]) for ages in bands]
