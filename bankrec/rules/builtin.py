"""The built-in rules: which products may be offered to whom. Each has a name and a reason.

They are separate from the models: models estimate what is likely, the bank decides what may be offered.
A rule uses the snapshots up to the last month of a batch, be it the whole history or a part of it, so that
evaluated lists and published lists pass the same rules.
`comes_with` sets the order of two products and bars none: see `bankrec.model.scoring`. A bank's own rules are in
`eligibility`, customers to whom nothing is offered in `suppression`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.history import History, age_is_known, ages, died, held
from bankrec.holdings import Words, unpack
from bankrec.results import RuleCost
from bankrec.rules.offerable import Offerable

Barred = npt.NDArray[np.bool_]


NOT_HELD = "not_held"


def _nothing(_segment: str | None, tables: Offerable, _age: int | None) -> Barred:
    return np.zeros_like(tables.stopped)


@dataclass(frozen=True)
class Rule:
    """A rule: `barred(batch, tables)` gives the products it bars for each customer, bool [n, products].

    `barred_unknown(segment, tables, age)` gives those it bars for a customer who is not in the set, bool [products];
    the segment and the age may be known. `version` changes with the content of the rule; a set states the version of
    each rule in force.
    """

    name: str
    reason: str
    barred: Callable[[History, Offerable], Barred]
    barred_unknown: Callable[[str | None, Offerable, int | None], Barred] = _nothing
    version: str = "1"

    def stated(self) -> dict[str, str]:
        """Name, version and reason, as written in a manifest."""
        return {"name": self.name, "version": self.version, "reason": self.reason}


def _until_age(batch: History, tables: Offerable) -> Barred:
    limited = tables.until_age > 0
    return _of_ages(batch, limited, lambda age: limited & (age >= tables.until_age))


def _from_age(batch: History, tables: Offerable) -> Barred:
    """Bars customers who are too young, and those of unknown age, who may be."""
    limited = tables.from_age > 0
    too_young = _of_ages(batch, limited, lambda age: age < tables.from_age)
    return too_young | (limited & ~age_is_known(batch)[:, None])


def _minors(batch: History, tables: Offerable) -> Barred:
    return _of_ages(batch, ~tables.minors, lambda age: ~tables.minors & (age < tables.adult_age))


def _of_ages(batch: History, limited: Barred, barred: Callable[[npt.NDArray[np.int64]], Barred]) -> Barred:
    """What `barred(ages [n, 1])` gives: bool [n, products]; nothing where no product is `limited`."""
    shape = len(batch), batch.bank.n
    return np.broadcast_to(barred(ages(batch)[:, None]), shape) if limited.any() else np.zeros(shape, np.bool_)


def _until_age_at(_segment: str | None, tables: Offerable, age: int | None) -> Barred:
    return _nothing(None, tables, None) | ((tables.until_age > 0) & (age is not None and age >= tables.until_age))


def _from_age_at(_segment: str | None, tables: Offerable, age: int | None) -> Barred:
    return _nothing(None, tables, None) | (age is not None and age < tables.from_age)


def _minors_at(_segment: str | None, tables: Offerable, age: int | None) -> Barred:
    return ~tables.minors & (age is not None and age < tables.adult_age)


RULES: tuple[Rule, ...] = (
    Rule(NOT_HELD, "a product that is held can't be acquired", lambda batch, _: held(batch)),
    Rule(
        "deceased",
        "nothing is offered to the deceased",
        lambda batch, _: np.repeat(died(batch)[:, None], batch.bank.n, axis=1),
    ),
    Rule(
        "never_offer",
        "the bank never offers it",
        lambda batch, tables: np.tile(tables.never, (len(batch), 1)),
        lambda _segment, tables, _age: tables.never,
    ),
    Rule("until_age", "only for customers below the product's age limit", _until_age, _until_age_at),
    Rule("from_age", "only for customers who have reached the product's minimum age", _from_age, _from_age_at),
    Rule("minors", "minors are offered only products that minors of this bank acquire", _minors, _minors_at),
    Rule(
        "stopped",
        "probably no longer sold: nobody acquires it, although its earlier rate made ten acquisitions likely",
        lambda batch, tables: np.tile(tables.stopped, (len(batch), 1)),
        lambda _segment, tables, _age: tables.stopped,
    ),
)


ORDER = Rule(
    "comes_with",
    "it requires another product and ranks after it where neither is held; this sets an order and bars nothing",
    lambda batch, _: np.zeros((len(batch), batch.bank.n), dtype=np.bool_),
)


def removed_by_rule(batch: History, tables: Offerable, rules: tuple[Rule, ...]) -> Iterator[tuple[Rule, Barred]]:
    """Each rule, and the products it bars that no earlier rule barred: bool [n, products]."""
    barred = np.zeros((len(batch), batch.bank.n), dtype=np.bool_)
    for rule in rules:
        removes = rule.barred(batch, tables) & ~barred
        barred |= removes
        yield rule, removes


def apply(batch: History, tables: Offerable, rules: tuple[Rule, ...] = RULES) -> tuple[Barred, dict[str, int]]:
    """The products that all rules together bar, bool [n, products], and the number of candidates each rule removed.

    A candidate that several rules bar is counted for the first of them. A customer of 15 without any product, at a
    bank whose minors add the junior account alone:

    >>> from datetime import date
    >>> import pyarrow as pa
    >>> from bankrec.bank.files import santander
    >>> from bankrec.holdings import PRESENT
    >>> words, persons = np.array([[PRESENT]]), np.array([[15]], np.uint16)
    >>> batch = History(santander(), np.array([1]), (date(2016, 5, 28),), words, persons, pa.table({}))
    >>> barred, removed = apply(batch, Offerable(np.zeros(24, np.bool_), np.arange(24) == 5, np.zeros(24, np.bool_)))
    >>> np.flatnonzero(~barred[0]).tolist()
    [5]
    >>> {name: count for name, count in removed.items() if count}
    {'minors': 23}
    """
    barred = np.zeros((len(batch), batch.bank.n), dtype=np.bool_)
    removed: dict[str, int] = {}
    for rule, removes in removed_by_rule(batch, tables, rules):
        barred |= removes
        removed[rule.name] = int(removes.sum())
    return barred, removed


def barred_unknown(
    segment: str | None, tables: Offerable, rules: tuple[Rule, ...] = RULES, age: int | None = None
) -> Barred:
    """The products that rules bar for a customer who is not in the set: bool [products].

    `segment` and `age` are None where unknown.

    >>> nobody_adds_it = Offerable(np.arange(24) == 9, np.zeros(24, np.bool_), np.zeros(24, np.bool_))
    >>> np.flatnonzero(barred_unknown(None, nobody_adds_it)).tolist()
    [9]
    """
    barred: Barred = np.any([rule.barred_unknown(segment, tables, age) for rule in rules], axis=0)
    return barred


def cost(batch: History, tables: Offerable, added: Words, rules: tuple[Rule, ...] = RULES) -> dict[str, RuleCost]:
    """What each rule removes from lists for the month after `batch`, and how much of it was acquired nevertheless.

    `added` uint64 [n] is what the customers of `batch` acquired in that month. The result is by name of
    the rule; `acquisitions_lost` counts customers who acquired one of the candidates removed. A candidate that
    several rules bar is counted for the first of them. `comes_with` is listed too, but removes nothing.
    """
    observed = unpack(added, batch.bank.n)
    costs = {
        rule.name: RuleCost(rule.reason, int(removes.sum()), int((removes & observed).sum()))
        for rule, removes in removed_by_rule(batch, tables, rules)
    }
    return costs | {ORDER.name: RuleCost(ORDER.reason, 0, 0)}
