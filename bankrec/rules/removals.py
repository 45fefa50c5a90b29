"""Products that each rule barred, by customer: why a customer is not offered a product."""

from __future__ import annotations

import numpy as np

from bankrec.history import History
from bankrec.holdings import pack
from bankrec.ranked import Removals
from bankrec.rules.builtin import NOT_HELD, Rule, removed_by_rule
from bankrec.rules.offerable import Offerable


def removals(batch: History, tables: Offerable, rules: tuple[Rule, ...]) -> Removals:
    """The products that each of `rules` bars for the customers of `batch` as of its last month, without those held."""
    removed = [
        (rule.name, pack(by_rule).astype(np.uint64))
        for rule, by_rule in removed_by_rule(batch, tables, rules)
        if rule.name != NOT_HELD
    ]
    return Removals(np.stack([words for _, words in removed], axis=1), tuple(name for name, _ in removed))
