"""Drift: how far the customers who are scored are from those that the models learned from.

Compared are the states of customers (`bankrec.states`), bands and categories that mean the same in every month, and
the bands of scores, each by its population stability index. Left out are months as a customer and months observed,
which grow with the calendar, and the number of products held, which falls with every intake of customers, who hold
nothing at first: the state of each product is there for itself. All are taken at the same length of history: of a bank
with few months, a longer history shows more losses than a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.config import Config
from bankrec.features import present
from bankrec.histories import History
from bankrec.persons import age
from bankrec.sampling import Purpose, sampled
from bankrec.states import states

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
LEFT_OUT = ("tenure", "months", "holds")
LEAST_SHARE = 1e-4  # shares count as this at least: a state of one customer in 10,000 says nothing


@dataclass(frozen=True)
class Reference:
    """Customers as the models learned from them.

    `names` [fields] and `sizes` int [fields] of the states; `shares` float64 [sum of sizes], those of a field add up
    to 1; `length` int: months of history they were taken at; `sample` float: share of customers looked at; `months`
    [m] of str, the as-of months YYYY-MM; `scores` float64 [bands of score]: shares of the calibration month.
    """

    names: npt.NDArray[np.str_]
    sizes: npt.NDArray[np.int64]
    shares: Floats
    length: npt.NDArray[np.int64]
    sample: Floats
    months: npt.NDArray[np.str_]
    scores: Floats


@dataclass(frozen=True)
class Drift:
    """Population stability index of each state, by name, and of the scores; `months` compared with."""

    features: dict[str, float]
    scores: float
    months: tuple[str, ...]

    def largest(self) -> tuple[str, float]:
        """The state that moved most, and its index."""
        return max(self.features.items(), key=lambda one: one[1])

    def as_dict(self) -> dict[str, Any]:
        """For the manifest: the largest first."""
        ordered = sorted(self.features.items(), key=lambda one: -one[1])
        features = {name: round(value, 4) for name, value in ordered}
        return {"reference_months": list(self.months), "features": features, "scores": round(self.scores, 4)}


def learn_reference(
    history: History, channels: npt.NDArray[np.str_], config: Config, scores: npt.NDArray[np.int64]
) -> Reference:
    """The last months before the last of `history`, as they were seen then: it is the month to be compared.

    `channels` are those with a state each; `scores` [bands] counts by band of what calibration gave for the last
    month, from the months before it.
    """
    last = len(history.months) - 1
    ends = range(max(min(2, last), last + 1 - config.drift.months), last + 1)  # a single month shows no change
    length = min(ends[0], config.window)
    share = min(1.0, config.drift.customers / max(int(present(history.until(last)).sum()), 1))
    counted = [_counted(history.until(t), length, share, channels, config) for t in ends]
    names, sizes, _ = counted[0]
    return Reference(
        names=np.array(names),
        sizes=np.array(sizes),
        shares=_shares(np.sum([counts for _, _, counts in counted], axis=0), sizes),
        length=np.array(length),
        sample=np.array(share),
        months=np.array([f"{history.months[t - 1]:%Y-%m}" for t in ends]),
        scores=scores / max(int(scores.sum()), 1),
    )


def counts(batch: History, reference: Reference, channels: npt.NDArray[np.str_], config: Config) -> Counts:
    """Customers of `batch` (a sample of those present in its last month) in each state: int64 [sum of sizes]."""
    return _counted(batch, int(reference.length), float(reference.sample), channels, config)[2]


def drift(seen: Counts, scores: npt.NDArray[np.int64], reference: Reference) -> Drift:
    """Compare sums of `counts`, and `scores` [bands], with the reference."""
    edges = np.cumsum([0, *reference.sizes])
    shares = _shares(seen, tuple(reference.sizes))
    features = {
        str(name): psi(shares[low:high], reference.shares[low:high])
        for name, low, high in zip(reference.names, edges[:-1], edges[1:], strict=True)
    }
    moved = psi(scores / max(int(scores.sum()), 1), reference.scores)
    return Drift(features, moved, tuple(reference.months.tolist()))


def psi(seen: Floats, expected: Floats) -> float:
    """Population stability index of two distributions over the same classes: sum of (p - q) ln(p / q), in nats."""
    p, q = np.maximum(seen, LEAST_SHARE), np.maximum(expected, LEAST_SHARE)
    return float(((p - q) * np.log(p / q)).sum())


def _counted(
    batch: History, length: int, share: float, channels: npt.NDArray[np.str_], config: Config
) -> tuple[tuple[str, ...], tuple[int, ...], Counts]:
    """Names and sizes of the states compared, and how many customers are in each."""
    some = batch.take(present(batch) & sampled(batch.user_id, share, Purpose.DRIFT))
    some = replace(
        _of_age(some), months=some.months[-length:], words=some.words[:, -length:], persons=some.persons[:, -length:]
    )
    known = states(some, channels, config)
    kept = [place for place, name in enumerate(known.names) if name not in LEFT_OUT]
    found = [np.bincount(known.codes[:, place], minlength=known.sizes[place]) for place in kept]
    names, sizes = tuple(known.names[place] for place in kept), tuple(known.sizes[place] for place in kept)
    return names, sizes, np.concatenate(found)


def _of_age(batch: History) -> History:
    """The same with the age that the latest snapshot states in place of that in the customer's first month."""
    stated = pa.array(age(batch.stated()).astype(np.int16))
    profile = batch.profile
    return replace(batch, profile=profile.set_column(profile.column_names.index("age"), "age", stated))


def _shares(found: Counts, sizes: tuple[int, ...]) -> Floats:
    """Counts as shares of their field."""
    totals = np.add.reduceat(found, np.cumsum([0, *sizes[:-1]]))
    shares: Floats = found / np.maximum(np.repeat(totals, sizes), 1)
    return shares
