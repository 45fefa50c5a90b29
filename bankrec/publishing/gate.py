"""The gate: a new set is put in use only if it passes these checks.

The limit of drift is `DriftConfig.most` (0.5); a bank with too few months to compare with has no limit
(`jobs.publish`). `writer.publish` adds a check on the last set. It refuses an incomplete set even with `force`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from bankrec.model.drift import Drift
from bankrec.publishing.last_set import LastSet
from bankrec.publishing.statistics import Tally
from bankrec.results import Headline

# Limits of the ratio of customers, and of mean scores, between the new set and the last one: beyond them an operator
# should check the set first. Acquisitions of a bank's months differ by a factor of up
# to 1.7 (2.9% to 5.3% of customers), and its largest known intake is +31% (July 2015).
CUSTOMER_BOUNDS = (0.9, 1.5)
SCORE_BOUNDS = (0.4, 2.5)


@dataclass(frozen=True)
class Check:
    """One check: its name, the value found, the value allowed, and whether it passes."""

    name: str
    seen: str
    allowed: str
    passed: bool


@dataclass(frozen=True)
class Checks:
    """The checks of one set."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passes."""
        return all(check.passed for check in self.checks)

    def failures(self) -> str:
        """The checks that do not pass, with their values, in one line."""
        return "; ".join(
            f"{check.name}: {check.seen} (allowed: {check.allowed})" for check in self.checks if not check.passed
        )

    def as_dict(self) -> list[dict[str, Any]]:
        """All checks for the manifest."""
        return [vars(check) for check in self.checks]


def gate(
    tally: Tally, expected_customers: int, metrics: Headline, last: LastSet | None, moved: Drift | None, most: float
) -> Checks:
    """Check a new set against the rules, its model's metrics, the last set, and the training months.

    `moved` is the drift from the training months, of which up to `most` passes. `expected_customers` is the number of
    customers of the last month: each must have a row, if only with an empty list.
    """
    checks = [
        Check("customers in the set", f"{tally.customers:,}", "at least 1", tally.customers > 0),
        _none("customers of the last month without a row", expected_customers - tally.customers),
        _none("held products recommended", tally.held_recommended),
        _none("barred products recommended", tally.barred_recommended),
        _none("living customers left without an answer", tally.living_unanswered),
    ]
    ours, popularity = metrics.map_at_7, metrics.map_at_7_popularity
    if ours is not None and popularity is not None:
        seen, allowed = f"{ours:.5f}", f"at least {popularity:.5f}, that of popularity of acquisitions"
        checks.append(Check("MAP@7 of the model in the backtest", seen, allowed, ours >= popularity))
    if moved is not None:
        name, index = moved.largest()
        checks += [
            _at_most("drift of customers against training", index, most, f" ({name})"),
            _at_most("drift of scores against training", moved.scores, most),
        ]
    if last is not None:
        checks += [
            _within("customers, against the last set", tally.customers, last.customers, CUSTOMER_BOUNDS),
            _within(
                "mean expected acquisitions, against the last set",
                float(tally.expected.sum()) / max(tally.customers, 1),
                last.expected_acquisitions / max(last.customers, 1),
                SCORE_BOUNDS,
            ),
        ]
    return Checks(tuple(checks))


def _none(name: str, seen: int) -> Check:
    return Check(name, f"{seen:,}", "0", seen == 0)


def _at_most(name: str, seen: float, most: float, of: str = "") -> Check:
    allowed = f"at most {most:g}" if math.isfinite(most) else "any: too few months to compare with"
    return Check(name, f"{seen:.3f}{of}", allowed, seen <= most)


def _within(name: str, new: float, old: float, bounds: tuple[float, float]) -> Check:
    low, high = bounds[0] * old, bounds[1] * old
    return Check(name, f"{new:,.4g}", f"{low:,.4g} to {high:,.4g}", low <= new <= high)
