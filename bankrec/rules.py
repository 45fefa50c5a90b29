"""Rules before rank: which products may be offered to whom. Each has a name and a reason.

They are kept apart from the models: what may be offered is the bank's decision, what is likely is not.
The order of payroll and pension is a rule of order, not a ban: see `recommend.payroll_order`. A bank's
own rules are in `eligibility`, customers to leave alone in `suppression`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bankrec.evidence import Evidence
from bankrec.histories import History
from bankrec.products import BIT, N_PRODUCTS
from bankrec.words import HOLDINGS, Words, unpack

Barred = npt.NDArray[np.bool_]
JUNIOR = BIT["ind_ctju_fin_ult1"]
ADULT = 18  # years


@dataclass(frozen=True)
class Rule:
    """A rule: `barred(batch, tables)` says which of the 24 products it takes from whom, bool [n, 24]."""

    name: str
    reason: str
    barred: Callable[[History, Evidence], Barred]


def _held(batch: History, _: Evidence) -> Barred:
    return unpack(batch.words[:, -1] & HOLDINGS)


def _junior(batch: History, _: Evidence) -> Barred:
    barred = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_)
    barred[:, JUNIOR] = ages(batch)[0] >= ADULT
    return barred


def _minors(batch: History, tables: Evidence) -> Barred:
    barred: Barred = (ages(batch)[1] < ADULT)[:, None] & ~tables.minors
    return barred


def _stopped(batch: History, tables: Evidence) -> Barred:
    return np.tile(tables.stopped, (len(batch), 1))


def _deceased(batch: History, _: Evidence) -> Barred:
    return np.repeat(deceased(batch)[:, None], N_PRODUCTS, axis=1)


RULES: tuple[Rule, ...] = (
    Rule("not_held", "what is held already can't be added", _held),
    Rule("deceased", "nothing is offered to the deceased", _deceased),
    Rule("no_junior_account_for_adults", f"the junior account ends at {ADULT} years", _junior),
    Rule("minors", f"below {ADULT} years only what minors of this bank do add", _minors),
    Rule("stopped", "nobody gets it any more, though its earlier rate made ten additions likely", _stopped),
)


ORDER = Rule(
    "payroll_after_pension",
    "payroll never comes without the pension code: it stands after it where neither is held, an order and no ban",
    lambda batch, _: np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_),
)


def ages(batch: History) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The least and the most that each customer's age may be in the last month, in years.

    Both are the age of that month where the histories hold it; a slice of the past holds the age of
    the first month only.
    """
    if "last_age" in batch.profile.column_names:
        age = batch.profile["last_age"].to_numpy().astype(np.int64)
        return age, age
    age = batch.profile["age"].to_numpy().astype(np.int64)
    return age, age + (len(batch.months) + 11) // 12


def deceased(batch: History) -> npt.NDArray[np.bool_]:
    """Who is known to have died: bool [n]; nobody where the histories do not say."""
    if "last_deceased" not in batch.profile.column_names:
        return np.zeros(len(batch), dtype=np.bool_)
    died: npt.NDArray[np.bool_] = batch.profile["last_deceased"].to_numpy(zero_copy_only=False).astype(np.bool_)
    return died


def apply(batch: History, tables: Evidence, rules: tuple[Rule, ...] = RULES) -> tuple[Barred, dict[str, int]]:
    """What all rules together bar, bool [n, 24], and how many candidates each removed.

    A candidate that several rules bar is counted for the first of them.
    """
    barred = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_)
    removed: dict[str, int] = {}
    for rule in rules:
        by_rule = rule.barred(batch, tables)
        removed[rule.name] = int((by_rule & ~barred).sum())
        barred |= by_rule
    return barred, removed


def format_rules(rules: dict[str, dict[str, Any]]) -> str:
    """What `toll` found, a line a rule."""
    return "\n".join(
        f"rule {name}: {told['candidates_removed']:,} candidates removed,"
        f" {told['acquisitions_lost']:,} acquisitions lost"
        for name, told in rules.items()
    )


def toll(batch: History, tables: Evidence, added: Words, rules: tuple[Rule, ...] = RULES) -> dict[str, dict[str, Any]]:
    """What each rule takes from lists for the month after `batch`, and what of it was added all the same.

    `added` uint32 [n] is what the customers of `batch` added in that month. By rule: its `reason`, the
    `candidates_removed`, and the `acquisitions_lost`: customers who added one of these. A candidate that
    several rules bar is counted for the first of them. The rule of order is told too: it removes nothing.
    """
    barred, came = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_), unpack(added)
    told: dict[str, dict[str, Any]] = {}
    for rule in rules:
        now = rule.barred(batch, tables) & ~barred
        barred |= now
        told[rule.name] = {
            "reason": rule.reason,
            "candidates_removed": int(now.sum()),
            "acquisitions_lost": int((now & came).sum()),
        }
    told[ORDER.name] = {"reason": ORDER.reason, "candidates_removed": 0, "acquisitions_lost": 0}
    return told
