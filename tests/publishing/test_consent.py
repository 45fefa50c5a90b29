"""Consent against a slow way that a reader can follow: the latest row wins, of equal times the careful one."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bankrec.publishing.consent import SCHEMA, Changes, by_channel, changes, latest

Row = tuple[int, str, bool, int]
rows = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["email", "sms"]), st.booleans(), st.integers(1, 4)), max_size=12
)


def table(stated: list[Row]) -> pa.Table:
    """Rows of customer, channel, allowed and the day of May 2024."""
    made = [(user, channel, allowed, datetime(2024, 5, day, tzinfo=UTC)) for user, channel, allowed, day in stated]
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in made], schema=SCHEMA)


def twin(stated: list[Row]) -> dict[tuple[int, str], tuple[int, bool]]:
    latest_by_key: dict[tuple[int, str], tuple[int, bool]] = {}
    for user, channel, allowed, day in stated:
        before, was = latest_by_key.get((user, channel), (0, True))
        if day >= before:
            latest_by_key[user, channel] = (day, allowed and (was or day > before))
    return latest_by_key


@given(rows)
def test_the_latest_row_of_each_customer_and_channel_wins(stated: list[Row]) -> None:
    made = latest(table(stated)).to_pylist()
    expected = {key: (day, allowed) for key, (day, allowed) in sorted(twin(stated).items())}
    assert {(row["user_id"], row["channel"]): (row["since"].day, row["allowed"]) for row in made} == expected
    assert [(row["user_id"], row["channel"]) for row in made] == list(expected), "sorted, without repeats"


@given(rows, rows)
def test_changes_are_those_of_a_slow_second_way(before: list[Row], after: list[Row]) -> None:
    was, now = twin(before), twin(after)
    keys = was.keys() | now.keys()
    yes = {key: (was.get(key, (0, False))[1], now.get(key, (0, False))[1]) for key in keys}
    assert changes(latest(table(before)), latest(table(after))) == Changes(
        allowed=sum(new and not old for old, new in yes.values()),
        withdrawn=sum(old and not new for old, new in yes.values()),
        gone=len(was.keys() - now.keys()),
        older=sum(now[key][0] < was[key][0] for key in was.keys() & now.keys()),
    )


def test_customers_that_each_channel_may_reach_are_counted() -> None:
    made = latest(table([(1, "sms", True, 1), (2, "sms", True, 1), (1, "email", False, 1)]))
    assert by_channel(made) == {"email": 0, "sms": 2}
