"""The reference of drift: customers as the models learned from them, counted by state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.config import Config
from bankrec.history import History, ages, present
from bankrec.model.drift import LEFT_OUT, Reference, field_shares
from bankrec.model.states import states
from bankrec.model.vocabulary import Vocabulary
from bankrec.sampling import Purpose, sampled

Counts = npt.NDArray[np.int64]


def learn_reference(
    history: History, vocabulary: Vocabulary, config: Config, scores: npt.NDArray[np.int64]
) -> Reference:
    """Count the months before the last of `history`, each with the data known then; the last is to be compared.

    `vocabulary`: values of open categories; `scores` [bands]: counts by band of the calibrated scores for the last
    month, made from the months before it.
    """
    last = len(history.months) - 1
    ends = range(max(min(2, last), last + 1 - config.drift.months), last + 1)  # one month alone shows no change
    length = min(ends[0], config.window)
    share = min(1.0, config.drift.customers / max(int(present(history.until(last)).sum()), 1))
    counted = [_counted(history.until(t), length, share, vocabulary, config) for t in ends]
    names, sizes, _ = counted[0]
    return Reference(
        names=np.array(names),
        sizes=np.array(sizes),
        shares=field_shares(np.sum([counts for _, _, counts in counted], axis=0), sizes),
        length=np.array(length),
        sample=np.array(share),
        months=np.array([f"{history.months[t - 1]:%Y-%m}" for t in ends]),
        scores=scores / max(int(scores.sum()), 1),
    )


def counts(batch: History, reference: Reference, vocabulary: Vocabulary, config: Config) -> Counts:
    """Customers of `batch` (a sample of those present in its last month) in each state: int64 [sum of sizes]."""
    return _counted(batch, int(reference.length), float(reference.sample), vocabulary, config)[2]


def _counted(
    batch: History, length: int, share: float, vocabulary: Vocabulary, config: Config
) -> tuple[tuple[str, ...], tuple[int, ...], Counts]:
    """Names and sizes of the states compared, and how many customers are in each."""
    some = batch.take(present(batch) & sampled(batch.user_id, share, Purpose.DRIFT))
    words, persons = some.words[:, -length:], some.persons[:, -length:]
    own = {name: values[:, -length:] for name, values in some.own.items()}
    some = replace(_of_age(some), months=some.months[-length:], words=words, persons=persons, own=own)
    known = states(some, vocabulary, config)
    joined = batch.bank.with_role("joined")
    left_out = {*LEFT_OUT, *([joined.name] if joined else [])}
    kept = [place for place, name in enumerate(known.names) if name not in left_out]
    counts = [np.bincount(known.codes[:, place], minlength=known.sizes[place]) for place in kept]
    names, sizes = tuple(known.names[place] for place in kept), tuple(known.sizes[place] for place in kept)
    return names, sizes, np.concatenate(counts)


def _of_age(batch: History) -> History:
    """The same with the age in the latest snapshot in place of that in the customer's first month."""
    column, profile = batch.bank.with_role("age"), batch.profile
    if column is None:
        return batch
    place = profile.column_names.index(column.column)
    now = pc.cast(pa.array(ages(batch)), profile.schema.field(place).type)
    return replace(batch, profile=profile.set_column(place, column.column, now))
