"""Consent: which customer may be offered products over which channel; the rows of `<recs>/consent.parquet`.

The file has one row per customer and channel, the latest statement, sorted by both. Without a row nothing is
allowed. The file lies beside the sets, belongs to none of them, and `python -m bankrec consent` may replace it at any
time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.bank.columns import USER_ID

CONSENT = "consent.parquet"
CHANNEL, ALLOWED, SINCE = "channel", "allowed", "since"
SCHEMA = pa.schema(
    [(USER_ID, pa.int64()), (CHANNEL, pa.string()), (ALLOWED, pa.bool_()), (SINCE, pa.timestamp("us", "UTC"))]
)
MOST_CHANNELS = 64  # one bit each in the service
_KEY = [USER_ID, CHANNEL]


def latest(stated: pa.Table) -> pa.Table:
    """Of `stated` (columns of `SCHEMA`) the latest row of each customer and channel, sorted by both.

    Of rows with equal times, one that does not allow wins.

    >>> from datetime import UTC, datetime
    >>> since = [datetime(2024, 5, day, tzinfo=UTC) for day in (2, 1, 2)]
    >>> rows = pa.table([[7, 7, 7], ["sms"] * 3, [True, False, False], since], schema=SCHEMA)
    >>> latest(rows)["allowed"].to_pylist()
    [False]
    """
    order = [(USER_ID, "ascending"), (CHANNEL, "ascending"), (SINCE, "ascending"), (ALLOWED, "descending")]
    rows = stated.sort_by(order)
    if not rows.num_rows:
        return rows
    user_id = rows[USER_ID].to_numpy()
    channel = rows[CHANNEL].combine_chunks().dictionary_encode().indices.to_numpy()
    last = np.append((user_id[1:] != user_id[:-1]) | (channel[1:] != channel[:-1]), True)
    return rows.filter(pa.array(last))


@dataclass(frozen=True)
class Changes:
    """Counts of changed rows: newly allowed, no longer allowed, removed, and with an earlier time than before."""

    allowed: int
    withdrawn: int
    gone: int
    older: int


def changes(before: pa.Table, after: pa.Table) -> Changes:
    """The changes from `before` to `after`, both results of `latest`."""
    was = before.rename_columns({ALLOWED: "was", SINCE: "stated"})
    both = after.join(was, _KEY, join_type="full outer")
    now, then = (pc.fill_null(both[name], False) for name in (ALLOWED, "was"))
    return Changes(
        allowed=_count(pc.and_(now, pc.invert(then))),
        withdrawn=_count(pc.and_(then, pc.invert(now))),
        gone=_count(pc.is_null(both[SINCE])),
        older=_count(pc.less(both[SINCE], both["stated"])),
    )


def by_channel(rows: pa.Table) -> dict[str, int]:
    """Number of customers with consent, by channel on file."""
    counted = rows.group_by(CHANNEL).aggregate([(ALLOWED, "sum")]).sort_by(CHANNEL)
    return dict(zip(counted[CHANNEL].to_pylist(), counted[f"{ALLOWED}_sum"].to_pylist(), strict=True))


def _count(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(flags).as_py() or 0)
