"""Histories: one row per customer, with a profile, and for each month a word of holdings and the values stated.

The past is read in two ways only. `History.until(t)` returns the months before target month `t`: all features, fills,
encodings and priors for `t` are computed from them; the profile is always that of the customer's first month.
`BaseRates.until(t)` (`bankrec.model.base_rates`) does the same for sums by month, counted once for all target months.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.bank.columns import USER_ID
from bankrec.bank.description import Bank
from bankrec.holdings import PRESENT, Words, acquired, unpack
from bankrec.lookup import rows_of

Persons = npt.NDArray[np.uint64]
Own = npt.NDArray[np.float32]

WORD_PREFIX, PERSON_PREFIX, OWN_PREFIX = "word_", "person_", "own_"
BATCH = 10_000  # customers: their features are 100 MB, and a third faster in parts that fit the caches


def word_column(month: date) -> str:
    """Name of the column that holds the words of `month`, as `word_2016_05_28`."""
    return f"{WORD_PREFIX}{month:%Y_%m_%d}"


def person_column(month: date) -> str:
    """Name of the column that holds the profile values that the snapshot of `month` states."""
    return f"{PERSON_PREFIX}{month:%Y_%m_%d}"


def own_column(name: str, month: date) -> str:
    """Name of the column that holds the bank's own feature `name` of `month`."""
    return f"{OWN_PREFIX}{name}_{month:%Y_%m_%d}"


def word_months(names: Sequence[str]) -> tuple[date, ...]:
    """Months of the word columns among `names`, in order."""
    dates = [name.removeprefix(WORD_PREFIX) for name in names if name.startswith(WORD_PREFIX)]
    return tuple(sorted(date.fromisoformat(name.replace("_", "-")) for name in dates))


@dataclass(frozen=True)
class History:
    """A batch of customers and their past.

    `bank`: what the words mean. `user_id`: int64 [n]. `months`: the T snapshot dates, consecutive calendar months.
    `words`: uint64 [n, T] (`bankrec.holdings`). `persons`: unsigned [n, T], the profile values that each month
    states (`Bank.stated_fields`), all bits 0 where the customer is absent. `profile`: the columns of `Bank.kept`, n
    rows.
    `own`: the bank's own features by name, float32 [n, T], as known at the end of each month; nan where unknown, a
    category by its code (0: unknown).
    """

    bank: Bank
    user_id: npt.NDArray[np.int64]
    months: tuple[date, ...]
    words: Words
    persons: Persons
    profile: pa.Table
    own: Mapping[str, Own] = field(default_factory=dict)

    @classmethod
    def from_arrow(cls, table: pa.Table | pa.RecordBatch, bank: Bank) -> History:
        """Read a table or batch of `bank` with `user_id`, the columns of each month and the profile columns.

        A missing column is a `KeyError` that names it.
        """
        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        months = word_months(table.column_names)
        profile = [column.column for column in bank.kept]
        own = [own_column(feature.name, month) for feature in bank.features for month in months]
        needed = (USER_ID, *profile, *map(person_column, months), *own)
        missing = [name for name in needed if name not in table.column_names]
        if missing or not months:
            raise KeyError(f"not a table of histories: columns {', '.join(missing) or 'of words'} are missing")
        shape = table.num_rows, len(months)  # each month is contiguous in memory: counts are by month
        words = np.empty(shape, dtype=np.uint64, order="F")
        persons = np.empty(shape, dtype=bank.stated_type, order="F")
        for position, month in enumerate(months):
            words[:, position] = table[word_column(month)].to_numpy().astype(np.uint64, copy=False)
            persons[:, position] = table[person_column(month)].to_numpy()
        values = {
            feature.name: np.stack(
                [table[own_column(feature.name, month)].to_numpy().astype(np.float32) for month in months], axis=1
            )
            for feature in bank.features
        }
        return cls(bank, table[USER_ID].to_numpy(), months, words, persons, table.select(profile), values)

    @classmethod
    def joined(cls, parts: Iterable[History]) -> History:
        """Customers of the same months, one part after the other; there is at least one."""
        read = list(parts)
        profile = pa.concat_tables(part.profile for part in read).combine_chunks()
        user_id, words, persons = (
            np.concatenate([getattr(part, name) for part in read]) for name in ("user_id", "words", "persons")
        )
        own = {name: np.concatenate([part.own[name] for part in read]) for name in read[0].own}
        return cls(read[0].bank, user_id, read[0].months, words, persons, profile, own)

    def __len__(self) -> int:
        """Number of customers."""
        return len(self.user_id)

    def until(self, t: int) -> History:
        """The history that may be used for target month number `t`: the months before it."""
        if not 0 < t <= len(self.months):
            raise IndexError(f"target month {t} of a history with {len(self.months)} months")
        own = {name: values[:, :t] for name, values in self.own.items()}
        return replace(self, months=self.months[:t], words=self.words[:, :t], persons=self.persons[:, :t], own=own)

    def stated(self) -> Persons:
        """The profile values that each customer's latest snapshot states: unsigned [n]; 0 without any snapshot."""
        latest = self.persons[:, -1].copy()
        absent = np.flatnonzero((self.words[:, -1] & PRESENT) == 0)
        for month in reversed(range(len(self.months) - 1)):
            latest[absent] = self.persons[absent, month]
            absent = absent[(self.words[absent, month] & PRESENT) == 0]
        return latest

    def batches(self, size: int = BATCH) -> Iterator[History]:
        """The customers in order, in batches of at most `size`."""
        for low in range(0, len(self), size):
            yield self.take(np.arange(low, min(low + size, len(self))))

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> History:
        """The customers at `rows` (positions, or a boolean mask), in that order."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        return replace(
            self,
            user_id=self.user_id[rows],
            words=self.words[rows],
            persons=self.persons[rows],
            profile=self.profile.take(pa.array(rows)),
            own={name: values[rows] for name, values in self.own.items()},
        )

    def rows(self, user_id: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where the customers `user_id` stand, of a history in order of ids; a `KeyError` names one who is missing."""
        return rows_of(self.user_id, user_id)

    def of(self, user_id: npt.NDArray[np.int64]) -> History:
        """The customers `user_id`, in that order; a `KeyError` names one who is missing."""
        return self.take(self.rows(user_id))


def present(past: History) -> npt.NDArray[np.bool_]:
    """Customers who are present in the last month of `past`."""
    there: npt.NDArray[np.bool_] = (past.words[:, -1] & PRESENT) != 0
    return there


def held(past: History) -> npt.NDArray[np.bool_]:
    """Products held in the last month of `past`: bool [n, products]."""
    return unpack(past.words[:, -1], past.bank.n)


def acquisitions(batch: History) -> dict[str, npt.NDArray[np.int64]]:
    """Customers of the batch who add each product, int64 [products], by month (YYYY-MM) from the second on."""
    months, products = [f"{month:%Y-%m}" for month in batch.months[1:]], batch.bank.n
    added = acquired(batch.words[:, :-1], batch.words[:, 1:], products)
    row, month = np.nonzero(added)  # few customers acquire anything in a month
    one, bit = np.nonzero(unpack(added[row, month], products))
    counts = np.bincount(month[one] * products + bit, minlength=len(months) * products)
    return dict(zip(months, counts.reshape(len(months), products), strict=True))


def state(batch: History, name: str) -> npt.NDArray[np.int64]:
    """Code of a state in the last month: int64 [n]."""
    return batch.bank.state_fields[name].of(batch.words[:, -1])


def segment_codes(batch: History) -> npt.NDArray[np.int64]:
    """Place of each customer's segment of the last month in `Bank.segments`: int64 [n], 0 where the bank has none."""
    segment = batch.bank.segment
    return state(batch, segment.name) if segment else np.zeros(len(batch), np.int64)


def active(batch: History) -> npt.NDArray[np.bool_]:
    """Which customers are active, by month: bool [n, T]; none if the bank has no flag of activity."""
    flag = batch.bank.activity
    if flag is None:
        return np.zeros(batch.words.shape, np.bool_)
    yes: npt.NDArray[np.bool_] = batch.bank.state_fields[flag.name].of(batch.words) != 0
    return yes


def stated(batch: History, name: str) -> npt.NDArray[np.int64]:
    """Code of a profile column kept by month, as the latest snapshot of each customer states it: int64 [n]."""
    return batch.bank.stated_fields[name].of(batch.stated())


def ages(batch: History) -> npt.NDArray[np.int64]:
    """Each customer's age in years as the latest snapshot with a row of the customer states it: int64 [n].

    An age that is not known is above all others, `largest` + 1. The bank must keep an age.
    """
    column = batch.bank.with_role("age")
    if column is None:
        raise KeyError("the bank keeps no age")
    return stated(batch, column.name)


def age_is_known(batch: History) -> npt.NDArray[np.bool_]:
    """Whether the latest snapshot of each customer states an age: bool [n]; all False if the bank keeps no age."""
    column = batch.bank.with_role("age")
    return ages(batch) <= (column.largest or 0) if column else np.zeros(len(batch), np.bool_)


def age_bands(batch: History) -> npt.NDArray[np.int8] | None:
    """Place of each customer's age in `Bank.age_bands`: int8 [n], -1 where it is not known; None without bands."""
    bands = batch.bank.age_cut("report")
    if bands is None:
        return None
    return np.where(age_is_known(batch), bands.of(ages(batch)), -1).astype(np.int8)


def first_ages(batch: History) -> npt.NDArray[np.generic]:
    """Each customer's age in years as the first snapshot with a row of the customer states it: [n]."""
    column = batch.bank.with_role("age")
    if column is None:
        raise KeyError("the bank keeps no age")
    years: npt.NDArray[np.generic] = batch.profile[column.column].to_numpy()
    return years


def died(batch: History) -> npt.NDArray[np.bool_]:
    """Which customers are deceased by their latest snapshot: bool [n]; all False if the bank does not keep it."""
    column = batch.bank.with_role("deceased")
    return stated(batch, column.name) != 0 if column else np.zeros(len(batch), np.bool_)
