"""Facts of the bank: which groups of customers acquire which product more often, counted over the last year.

They decide which statements may be a reason: "customers with payroll acquire this more often" is given only
where it is true. Acquisitions are counted per customer not holding the product and present in both months. A group
acquires it more often if at least `ReasonConfig.fewest` of its customers did and its rate is at least
`ReasonConfig.ratio` times that of all other customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.config import Config, ReasonConfig
from bankrec.explain.groups import ONE_IN, ReasonGroup, reason_groups
from bankrec.history import History, ages
from bankrec.holdings import acquired, losses, unpack
from bankrec.model.base_rates import BaseRates, not_holding
from bankrec.model.popularity import number_of_cells, segment_by_age
from bankrec.transitions import Transition, counts, members

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
YEAR = 12  # transitions that are counted
BATCH = 100_000


@dataclass(frozen=True)
class Facts:
    """Statements that are true as of a month: bool tables by group and product [group, products].

    `holds`, `took` and `lost` by the product held, taken or lost; `groups` those of `reason_groups`, one after the
    other.
    `many` [products]: more acquisitions than usual in the month to come; `often` [products]: among those most acquired.
    `season` float64 [products]: log of the rate forecast for the month to come over the mean of the last year's.
    `one_in` int16 [cells + 1, products]: of customers without it a year ago, one in how many has acquired it since, as
    position in `ONE_IN`, -1 where they are too few; by `cell`, the last row for all customers.
    """

    holds: Flags
    took: Flags
    lost: Flags
    groups: Flags
    many: Flags
    often: Flags
    season: Floats
    one_in: npt.NDArray[np.int16]


def learn_facts(history: History, seen: BaseRates, config: Config) -> Facts:
    """Count all months of `history`; `seen` are the base rates of its target months."""
    months, chosen, products = len(history.months), config.reasons, history.bank.n
    groupings = reason_groups(history.bank)
    added = np.zeros((3 * products + sum(len(group.codes) for group in groupings) + 1, products))
    could = np.zeros_like(added)
    year = np.zeros((2, number_of_cells(history.bank) + 1, products))
    for batch in history.batches(BATCH):
        now = {group.name: group.of(batch) for group in groupings if group.of_now}
        for t in range(max(1, months - YEAR), months):
            new, free = _count(batch, groupings, now, t)
            added += new
            could += free
        if months > YEAR:
            year += _count_year(batch)
    more = more_often(added[:-1], could[:-1], added[-1] - added[:-1], could[-1] - could[:-1], chosen)
    monthly = seen.acquisitions(), seen.free.sum(axis=(2, 3))
    lately = monthly[0][-chosen.lately :].sum(axis=0)
    rank = (lately[None, :] > lately[:, None]).sum(axis=1)
    holds, took, lost, groups = np.split(more, [products, 2 * products, 3 * products])
    return Facts(
        holds=holds,
        took=took,
        lost=lost,
        groups=groups,
        many=_many(*monthly, history.months[-1].month % 12 + 1, [month.month for month in history.months[1:]], chosen),
        often=(rank < chosen.often) & (lately > 0),
        season=seen.rate_forecast(not_holding(history), config.base_rates)
        - seen.rates(config.base_rates)[-YEAR:].mean(axis=0),
        one_in=one_in(year[0], year[1], chosen.fewest),
    )


def more_often(added: Floats, could: Floats, others_added: Floats, others_could: Floats, config: ReasonConfig) -> Flags:
    """Whether a group has at least `fewest` acquisitions, and a rate of at least `ratio` times that of the others."""
    higher: Flags = added * others_could >= config.ratio * others_added * could
    return (added >= config.fewest) & (others_could > 0) & higher


def one_in(added: Floats, could: Floats, fewest: int) -> npt.NDArray[np.int16]:
    """Position in `ONE_IN` of the least n with added / could >= 1 / n; -1 where there is none, or under `fewest`."""
    enough = added[..., None] * np.array(ONE_IN, np.float64) >= could[..., None]
    known = (added >= fewest) & enough[..., -1]
    return np.where(known, enough.argmax(axis=-1), -1).astype(np.int16)


def cell(batch: History) -> Ints:
    """`segment_by_age` by the age in the latest snapshot, since a reason must be true now."""
    return segment_by_age(batch, ages)


def _count(batch: History, groupings: tuple[ReasonGroup, ...], now: dict[str, Ints], t: int) -> tuple[Ints, Ints]:
    """Acquisitions in month `t`, and customers who could acquire: int64 [groups + 1, products], the last row of all."""
    past, products = batch.until(t), batch.bank.n
    step = Transition.into(batch.words, t, products)
    rows = np.flatnonzero(step.both)
    step = step.take(rows)
    earlier = batch.words[rows, t - 2] if t > 1 else np.zeros(len(rows), np.uint64)
    words = step.before, acquired(earlier, step.before, products), losses(batch.words[rows, :t], products)
    single = [
        members((now[group.name] if group.of_now else group.of(past))[rows], len(group.codes)) for group in groupings
    ]
    by_product = [unpack(word, products) for word in words]
    groups = np.concatenate([*by_product, *single, np.ones((len(rows), 1), np.bool_)], axis=1)
    return counts(step.added, groups, products), counts(step.not_held, groups, products)


def _count_year(batch: History) -> Ints:
    """Customers present now and a year ago, without the product then: those who have acquired it since, and all.

    int64 [2, cells + 1, products].
    """
    products = batch.bank.n
    rows = np.flatnonzero(Transition(batch.words[:, -1 - YEAR], batch.words[:, -1], products).both)
    words = batch.words[rows, -1 - YEAR :]
    free, added = ~words[:, 0], np.zeros(len(rows), np.uint64)
    for t in range(YEAR):
        added |= Transition.into(words, t + 1, products).added
    cells = members(cell(batch)[rows], number_of_cells(batch.bank))
    groups = np.concatenate([cells, np.ones((len(rows), 1), np.bool_)], axis=1)
    return np.stack([counts(added & free, groups, products), counts(free, groups, products)])


def _many(added: Floats, free: Floats, month: int, calendar: list[int], config: ReasonConfig) -> Flags:
    """Products whose rate in calendar month `month` is above that of all other months."""
    same = np.array(calendar) == month
    sums = (added[same].sum(0), free[same].sum(0), added[~same].sum(0), free[~same].sum(0))
    return more_often(*sums, config)
