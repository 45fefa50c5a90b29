"""Crossings: states that combine two or more others, whose joint effect is not the sum of theirs.

The additive model uses them beside the states that reasons report. One is the set of products held (the basket), if
it is common; one is the segment and the band of the age together, if the bank has both.
"""

from __future__ import annotations

import numpy as np

from bankrec.bank.description import Bank
from bankrec.holdings import Words
from bankrec.lookup import locate
from bankrec.model.states import States

BASKET, SEGMENT_AND_AGE = "basket", "segment_and_age"


def commonest_baskets(held: Words, most: int) -> Words:
    """The commonest sets of products in `held` uint64 [n], at most `most`, in order of their words.

    >>> commonest_baskets(np.array([5, 1, 5, 3, 1, 5], np.uint64), 2).tolist()
    [1, 5]
    """
    words, counts = np.unique(held, return_counts=True)
    common: Words = np.sort(words[np.argsort(-counts, kind="stable")[:most]])
    return common


def crossed(known: States, held: Words, baskets: Words, bank: Bank) -> States:
    """`known` and its crossings. `held` uint64 [n]; `baskets` uint64 [m] sorted, any other is one more code."""
    rows, there = locate(baskets, held)
    columns, names, sizes = [np.where(there, rows, len(baskets))], [BASKET], [len(baskets) + 1]
    age, segment = bank.with_role("age"), bank.segment
    if age is not None and segment is not None and {age.name, segment.name} <= set(known.names):
        first, second = known.names.index(segment.name), known.names.index(age.name)
        columns.append(known.codes[:, first].astype(np.int64) * known.sizes[second] + known.codes[:, second])
        names.append(SEGMENT_AND_AGE)
        sizes.append(known.sizes[first] * known.sizes[second])
    codes = np.column_stack([known.codes, *(column.astype(np.int16) for column in columns)])
    return States(codes, (*known.names, *names), (*known.sizes, *sizes))
