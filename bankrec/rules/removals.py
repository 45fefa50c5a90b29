"""Products that each rule barred, by customer: why a customer is not offered a product."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from bankrec.history import History
from bankrec.holdings import pack
from bankrec.ranked import Taken
from bankrec.rules.builtin import NOT_HELD, RULES, Rule, taken_by_rule
from bankrec.rules.offerable import Offerable
from bankrec.rules.suppression import as_rules


def rules_in_force(own: tuple[Rule, ...] = (), suppressed: Set[int] = frozenset()) -> tuple[Rule, ...]:
    """All rules of a set, the bank's `own` after the built-in ones: a product that several bar counts for the first.

    >>> [rule.name for rule in rules_in_force((), {5})][-2:]
    ['stopped', 'suppressed']
    """
    return (*RULES, *own, *as_rules(suppressed))


def removals(batch: History, tables: Offerable, rules: tuple[Rule, ...]) -> Taken:
    """The products that each of `rules` bars for the customers of `batch` as of its last month, without those held."""
    taken = [
        (rule.name, pack(by_rule).astype(np.uint64))
        for rule, by_rule in taken_by_rule(batch, tables, rules)
        if rule.name != NOT_HELD
    ]
    return Taken(np.stack([words for _, words in taken], axis=1), tuple(name for name, _ in taken))
