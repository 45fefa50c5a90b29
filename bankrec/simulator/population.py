"""The simulated customers: the constant part of their profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from bankrec.santander.size import MONTHS
from bankrec.simulator.figures import FIRST_MONTH, facts, joiners

Ints = npt.NDArray[np.int64]
NEVER = 99
_BAND_AGES = (2, 19, 26, 40, 60, 117)
JULY = 6
_JULY_STUDENTS = 0.6  # share of students in the block of July 2015, relative to that in the bank


@dataclass
class Profile:
    """Arrays of length n, sorted by customer id. Months are counted from January 2015 = 0."""

    user_id: Ints
    first: Ints  # month of the first row
    leaves: Ints  # first month without a row after leaving, NEVER for those who stay
    gap: Ints  # one month without a row, NEVER if none
    segment: Ints  # 1 TOP, 2 PARTICULARES, 3 UNIVERSITARIO
    band: Ints  # age band, 0..4
    age: Ints  # in July 2015
    birthday: Ints  # calendar month, 0..11
    joined: npt.NDArray[np.datetime64]  # day of fecha_alta
    active: npt.NDArray[np.bool_]  # in the first month
    empty: npt.NDArray[np.bool_]  # nothing held in the first month

    def present(self, month: int) -> npt.NDArray[np.bool_]:
        """Customers with a row in this month: bool [n]."""
        here: npt.NDArray[np.bool_] = (self.first <= month) & (month < self.leaves) & (self.gap != month)
        return here


def draw_profile(customers: int, rng: np.random.Generator) -> Profile:
    """A population of `customers`, joining and leaving as the real one did.

    Months of joining have fixed shares and are not drawn, so that even a small bank has its July 2015 block.
    """
    n, known = customers, facts()
    edges = np.round(np.cumsum(joiners()) * n).astype(np.int64)
    first = np.searchsorted(edges, np.arange(n), side="right")
    segment, band = _classes(first, rng)
    age = _ages(band, rng)
    joined = _joined(first, segment, age, rng)
    leaves = np.full(n, NEVER)
    leave_rate = known["leavers_per_month"] / np.mean(known["rows_by_month"])
    lasting = rng.geometric(leave_rate, n)
    leaves = np.where(first + lasting <= MONTHS, first + lasting, NEVER)
    gap = np.where(rng.random(n) < 0.004, rng.integers(1, MONTHS, n), NEVER)
    gap = np.where(gap > first, gap, NEVER)

    share = known["empty_by_month"]
    chance = np.select(
        [first == 0, first < JULY, first == JULY, (first > JULY) & (first < JULY + 4)],
        [share["initial"], share["spring_2015"], share["july_2015"], share["autumn_2015"]],
        share["later"],
    )
    # Nearly all of the segment TOP hold a product; the other segments balance this.
    top = segment == 1
    empty = rng.random(n) < np.where(top, 0.01, np.minimum(chance / (1 - top.mean()), 0.97))
    # Published shares of active customers count all; customers without products are nearly all inactive.
    active_table = np.array([known["active_by_segment_age"][str(s)] for s in (1, 2, 3)])
    active = (rng.random(n) < np.minimum(active_table[segment - 1, band] / 0.745, 0.99)) & ~empty
    active |= empty & (rng.random(n) < 0.006)

    order = np.argsort(joined + rng.integers(0, 200, n), kind="stable")
    ids = 15_889 + np.sort(rng.choice(1_538_000, n, replace=False))
    columns = (first, leaves, gap, segment, band, age, rng.integers(0, 12, n), joined, active, empty)
    return Profile(ids, *(cast(Any, column[order]) for column in columns))


def _classes(first: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Segment and age band of each customer; those who join later are mostly students."""
    table = np.array([facts()["segment_age"][str(s)] for s in (1, 2, 3)]).ravel()
    usual = rng.choice(15, len(first), p=table / table.sum())
    fewer = table * np.repeat([1.0, 1.0, _JULY_STUDENTS], 5)
    usual = np.where(first == JULY, rng.choice(15, len(first), p=fewer / fewer.sum()), usual)
    student = rng.choice([11, 12], len(first), p=[0.87, 0.13])
    fresh = (first != 0) & (first != JULY) & (rng.random(len(first)) < 0.45)
    cell = np.where(fresh, student, usual)
    return cell // 5 + 1, cell % 5


def _ages(band: Ints, rng: np.random.Generator) -> Ints:
    rows = facts()["age_rows"]
    age = np.zeros(len(band), dtype=np.int64)
    for b in range(5):
        chosen = np.flatnonzero(band == b)
        years = np.arange(_BAND_AGES[b], _BAND_AGES[b + 1])
        weights = np.array([float(rows.get(str(year), 1)) for year in years])
        age[chosen] = rng.choice(years, len(chosen), p=weights / weights.sum())
    return age


def _joined(first: Ints, segment: Ints, age: Ints, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """Day of joining: long ago for those there at the start and for the July 2015 block."""
    n = len(first)
    student_years = np.minimum(rng.integers(0, 4, n), np.maximum(age - 19, 0))
    season = rng.choice([7, 8, 9, 10, 11, 6], n, p=[0.19, 0.12, 0.22, 0.25, 0.16, 0.06])
    student = (2014 - student_years - 1970) * 12 + season - 1
    longer = 45 * 12 + JULY - rng.integers(6, 247, n)
    old = np.where(segment == 3, student, longer)
    new = (FIRST_MONTH.astype(np.int64) + first) - (rng.random(n) < 0.25)
    months = np.where((first == 0) | (first == JULY), np.minimum(old, 45 * 12 - 1 + first), new)
    days = months.astype("datetime64[M]").astype("datetime64[D]") + rng.integers(0, 28, n)
    return np.where(
        rng.random(n) < 0.06 * (student_years == 0) * (segment == 3) * (first == 0), np.datetime64("2014-07-28"), days
    )
