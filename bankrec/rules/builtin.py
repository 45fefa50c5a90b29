"""Rules before rank: which products may be offered to whom. Each has a name and a reason.

They are kept apart from the models: what may be offered is the bank's decision, what is likely is not.
A rule looks at what the snapshots up to the last month of a batch state, be it the whole history or a slice of the
past: the lists that are judged and those that are published pass the same rules.
The order of payroll and pension is a rule of order, not a ban: see `bankrec.model.scoring`. A bank's
own rules are in `eligibility`, customers to leave alone in `suppression`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.bank.products import BIT, N_PRODUCTS
from bankrec.history import History, ages, died
from bankrec.holdings import HOLDINGS, Words, unpack
from bankrec.persons import ADULT
from bankrec.results import RuleCost
from bankrec.rules.offerable import Offerable

Barred = npt.NDArray[np.bool_]
JUNIOR = BIT["ind_ctju_fin_ult1"]


NOT_HELD = "not_held"


def _nothing(_segment: str | None, _tables: Offerable, _age: int | None) -> Barred:
    return np.zeros(N_PRODUCTS, dtype=np.bool_)


@dataclass(frozen=True)
class Rule:
    """A rule: `barred(batch, tables)` says which of the 24 products it takes from whom, bool [n, 24].

    `barred_unknown(segment, tables, age)` says which it takes from a customer whom the set does not know, bool [24]; of
    whom the segment and the age may be known: of a rule that asks for what is not, none. `version` changes with what
    the rule says; a set states that of each rule that was in force.
    """

    name: str
    reason: str
    barred: Callable[[History, Offerable], Barred]
    barred_unknown: Callable[[str | None, Offerable, int | None], Barred] = _nothing
    version: str = "1"

    def stated(self) -> dict[str, str]:
        """Name, version and reason, as a manifest has them."""
        return {"name": self.name, "version": self.version, "reason": self.reason}


def _held(batch: History, _: Offerable) -> Barred:
    return unpack(batch.words[:, -1] & HOLDINGS)


def _junior(batch: History, _: Offerable) -> Barred:
    barred = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_)
    barred[:, JUNIOR] = ages(batch) >= ADULT
    return barred


def _minors(batch: History, tables: Offerable) -> Barred:
    barred: Barred = (ages(batch) < ADULT)[:, None] & ~tables.minors
    return barred


def _stopped(batch: History, tables: Offerable) -> Barred:
    return np.tile(tables.stopped, (len(batch), 1))


def _stopped_for_all(_segment: str | None, tables: Offerable, _age: int | None) -> Barred:
    return tables.stopped


def _junior_at(_segment: str | None, _: Offerable, age: int | None) -> Barred:
    barred = np.zeros(N_PRODUCTS, dtype=np.bool_)
    barred[JUNIOR] = age is not None and age >= ADULT
    return barred


def _minors_at(_segment: str | None, tables: Offerable, age: int | None) -> Barred:
    barred: Barred = ~tables.minors & (age is not None and age < ADULT)
    return barred


def _deceased(batch: History, _: Offerable) -> Barred:
    return np.repeat(died(batch)[:, None], N_PRODUCTS, axis=1)


RULES: tuple[Rule, ...] = (
    Rule(NOT_HELD, "what is held already can't be added", _held),
    Rule("deceased", "nothing is offered to the deceased", _deceased),
    Rule("no_junior_account_for_adults", f"the junior account ends at {ADULT} years", _junior, _junior_at),
    Rule("minors", f"below {ADULT} years only what minors of this bank do add", _minors, _minors_at),
    Rule(
        "stopped",
        "nobody gets it any more, though its earlier rate made ten additions likely",
        _stopped,
        _stopped_for_all,
    ),
)


ORDER = Rule(
    "payroll_after_pension",
    "payroll never comes without the pension code: it stands after it where neither is held, an order and no ban",
    lambda batch, _: np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_),
)


def taken_by_rule(batch: History, tables: Offerable, rules: tuple[Rule, ...] = RULES) -> Iterator[tuple[Rule, Barred]]:
    """Each rule, and what it takes that no rule before it took: bool [n, 24]."""
    barred = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_)
    for rule in rules:
        taken = rule.barred(batch, tables) & ~barred
        barred |= taken
        yield rule, taken


def apply(batch: History, tables: Offerable, rules: tuple[Rule, ...] = RULES) -> tuple[Barred, dict[str, int]]:
    """What all rules together bar, bool [n, 24], and how many candidates each removed.

    A candidate that several rules bar is counted for the first of them. A customer of 15 without any product, at a
    bank whose minors add the junior account alone:

    >>> from datetime import date
    >>> import pyarrow as pa
    >>> from bankrec.holdings import PRESENT
    >>> from bankrec.persons import pack
    >>> words, persons = np.array([[PRESENT]]), np.array([[pack(15)]])
    >>> batch = History(np.array([1]), (date(2016, 5, 28),), words, persons, pa.table({}))
    >>> barred, removed = apply(batch, Offerable(np.zeros(24, np.bool_), np.arange(24) == JUNIOR))
    >>> np.flatnonzero(~barred[0]).tolist() == [JUNIOR]
    True
    >>> removed
    {'not_held': 0, 'deceased': 0, 'no_junior_account_for_adults': 0, 'minors': 23, 'stopped': 0}
    """
    barred = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_)
    removed: dict[str, int] = {}
    for rule, taken in taken_by_rule(batch, tables, rules):
        barred |= taken
        removed[rule.name] = int(taken.sum())
    return barred, removed


def barred_unknown(
    segment: str | None, tables: Offerable, rules: tuple[Rule, ...] = RULES, age: int | None = None
) -> Barred:
    """What rules take from a customer whom the set does not know, bool [24]; `segment` and `age` where they are known.

    >>> nobody_adds_it = Offerable(np.arange(24) == 9, np.zeros(24, np.bool_))
    >>> np.flatnonzero(barred_unknown(None, nobody_adds_it)).tolist()
    [9]
    """
    barred: Barred = np.any([rule.barred_unknown(segment, tables, age) for rule in rules], axis=0)
    return barred


def cost(batch: History, tables: Offerable, added: Words, rules: tuple[Rule, ...] = RULES) -> dict[str, RuleCost]:
    """What each rule takes from lists for the month after `batch`, and what of it was added all the same.

    `added` uint32 [n] is what the customers of `batch` added in that month. By the name of
    the rule; `acquisitions_lost` are customers who added one of the candidates removed. A candidate that
    several rules bar is counted for the first of them. The rule of order is listed too: it removes nothing.
    """
    came = unpack(added)
    costs = {
        rule.name: RuleCost(rule.reason, int(taken.sum()), int((taken & came).sum()))
        for rule, taken in taken_by_rule(batch, tables, rules)
    }
    return costs | {ORDER.name: RuleCost(ORDER.reason, 0, 0)}
