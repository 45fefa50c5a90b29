"""The terms on which a bank publishes its lists, as the options of `recommend` and `run` state them."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, field

import numpy as np

from bankrec.bank.description import Bank
from bankrec.rules.builtin import RULES, Rule
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.suppression import Ids, as_rules, read_suppressed


@dataclass(frozen=True)
class Terms:
    """The bank's `own` rules, customers who get no offers (`suppressed`), and how a set is published.

    With `explain_removals` a set records the products that each rule removed, by customer. The newest `keep` sets are
    kept. With `force` a set is put in use even if the gate refuses it.
    """

    own: tuple[Rule, ...] = ()
    suppressed: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    explain_removals: bool = False
    keep: int = 3
    force: bool = False

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in force, the bank's own after the built-in ones: what several bar counts for the first.

        >>> [rule.name for rule in Terms(suppressed=np.array([5])).rules][-2:]
        ['stopped', 'suppressed']
        """
        return (*RULES, *self.own, *as_rules(self.suppressed))


USUAL = Terms()


def read_terms(given: Namespace, bank: Bank) -> Terms:
    """The terms that the options state; a mistake in a file of rules or in a suppression list is an `InputError`."""
    suppressed, own = read_suppressed(given.suppress), read_eligibility(given.eligibility, bank)
    return Terms(own, suppressed, given.explain_removals, given.keep, given.force)
