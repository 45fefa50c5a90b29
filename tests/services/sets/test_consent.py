"""The consent file in memory, compared with a slow implementation; wrong files; damage; size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.sets.consent import Consent, ConsentError, read_consent
from tests.services.conftest import SERVICES
from tests.services.consent_files import FILE, Row, table, write_consent

CHANNELS = ["email", "phone", "sms"]
rows = st.lists(
    st.tuples(st.integers(0, 4) | st.just(10**18), st.sampled_from(CHANNELS), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=14,
)


def second_way(stated: list[Row]) -> set[tuple[int, str]]:
    """Customers and channels that are allowed."""
    latest: dict[tuple[int, str], tuple[int, bool]] = {}
    for user, channel, allowed, since in stated:  # of equal times, False is the smaller and wins
        before = latest.get((user, channel), (-1, True))
        latest[user, channel] = max(before, (since, not allowed)) if before[0] >= 0 else (since, not allowed)
    return {key for key, (_, refused) in latest.items() if not refused}


def allowed(consent: Consent) -> set[tuple[int, str]]:
    user_ids = [*range(-3, 6), 10**18]
    return {(one, name) for one in user_ids for name in consent.channels if consent.over[name](one)}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stated=rows, more_groups=st.booleans())
def test_a_file_says_what_a_second_way_says(tmp_path: Path, stated: list[Row], more_groups: bool) -> None:
    pq.write_table(table(stated), tmp_path / FILE, row_group_size=3 if more_groups else None)
    consent = read_consent(tmp_path / FILE)
    expected = second_way(stated)
    assert consent.channels == tuple(sorted({row[1] for row in stated}))
    assert allowed(consent) == expected
    for one in range(-3, 6):
        whole = all((one, name) in expected for name in consent.channels)
        assert consent.over[None](one) == whole
        assert consent.of(one) == {name: (one, name) in expected for name in consent.channels}
    for name in (*consent.channels, None):
        everybody = [*range(5), 10**18]
        assert consent.who_allow(name).tolist() == [one for one in everybody if consent.over[name](one)]
    assert len(consent) == len({user for user, _ in expected})


@given(
    st.sets(st.integers(0, 99) | st.integers(0, 2**63 - 1), max_size=20) | st.sets(st.integers(10**9, 10**9 + 50)),
    st.sampled_from([np.uint8, np.uint64]),
    st.integers(-(10**19), 10**19),
)
def test_an_id_is_looked_up_whether_numbers_are_close_or_far_apart(ids: set[int], kind: type, other: int) -> None:
    there = np.array(sorted(ids), np.int64)
    consent = Consent(there, np.ones(len(there), kind), ("sms",))
    near = {one + step for one in ids for step in (-1, 1)} | {0, 10**18, other}
    assert {one for one in ids | near if consent.over["sms"](one)} == ids
    customers = np.array(sorted(one for one in ids | near if one % 3 and 0 <= one < 2**63), np.int64)
    consent.fit_to(customers)
    over = consent.over_in(customers)["sms"]
    assert {one for row, one in enumerate(customers.tolist()) if over(one, row)} == ids & set(customers.tolist())
    assert {one for one in ids | near if over(one)} == ids


@pytest.mark.parametrize("count", [1, 8, 9, 33, 64])
def test_any_number_of_channels_up_to_64_is_distinguished(count: int, tmp_path: Path) -> None:
    names = [f"c{number:02}" for number in range(count)]
    write_consent(tmp_path, [(7, name, number != 1, 0) for number, name in enumerate(names)])
    consent = read_consent(tmp_path / FILE)
    assert [consent.over[name](7) for name in names] == [number != 1 for number in range(count)]
    assert consent.over[None](7) == (count == 1)
    assert [consent.who_allow(name).tolist() for name in names] == [[7] * (number != 1) for number in range(count)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user_id": pa.array([1], pa.int32())}, "user_id is int32, not int64"),
        ({"channel": [1]}, "channel is int64, not string"),
        ({"allowed": [1]}, "allowed is int64, not bool"),
        ({"since": ["2024-05-01"]}, "since is string, not timestamp"),
        ({"allowed": pa.array([None], pa.bool_())}, "has nulls in allowed"),
        ({"channel": pa.array([None], pa.string())}, "has nulls in channel"),
        ({"since": None}, "has no column since"),
        ({"user_id": [-1]}, "a user_id below 0"),
    ],
)
def test_a_file_of_another_form_is_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    good = table([(1, "sms", True, 0)])
    columns = {name: changes.get(name, good[name]) for name in good.column_names}
    pq.write_table(pa.table({name: one for name, one in columns.items() if one is not None}), tmp_path / FILE)
    with pytest.raises(ConsentError, match=message):
        read_consent(tmp_path / FILE)


def test_a_file_without_rows_or_with_too_many_channels_is_refused(tmp_path: Path) -> None:
    write_consent(tmp_path, [])
    with pytest.raises(ConsentError, match="has no rows"):
        read_consent(tmp_path / FILE)
    write_consent(tmp_path, [(1, f"c{number}", True, 0) for number in range(65)])
    with pytest.raises(ConsentError, match="65 channels; at most 64"):
        read_consent(tmp_path / FILE)


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("ms", "Europe/Madrid")])
def test_files_of_other_writers_are_read(kind: pa.DataType, tmp_path: Path) -> None:
    """As DuckDB or Spark write them: any unit and zone, strings of any kind, more columns."""
    made = pa.table(
        {
            "note": ["a", "b"],
            "since": pa.array([100, 200], pa.int64()).cast(kind),
            "allowed": [False, True],
            "channel": pa.array(["sms", "sms"], pa.large_string()),
            "user_id": [7, 7],
        }
    )
    pq.write_table(made, tmp_path / FILE)
    consent = read_consent(tmp_path / FILE)
    assert consent.channels == ("sms",) and consent.over["sms"](7)


def test_a_file_with_any_one_byte_changed_says_the_same_or_is_refused(tmp_path: Path) -> None:
    stated = [(user, name, (user + len(name)) % 3 > 0, user) for user in range(5) for name in CHANNELS]
    path = write_consent(tmp_path, stated)
    content, expected, refused = path.read_bytes(), allowed(read_consent(path)), 0
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x15]) + content[place + 1 :])
        try:
            still_allowed = allowed(read_consent(path))
        except Exception:
            refused += 1
        else:
            assert still_allowed == expected, f"byte {place} of {len(content)}"
    assert refused > len(content) / 3


_RESIDENT = """
import sys
from pathlib import Path
import numpy as np
import pyarrow as pa
import pyarrow.compute  # as the service has
from serving.sets.consent import read_consent
from serving.watch_loop import give_memory_back
pa.set_memory_pool(pa.system_memory_pool())  # as the service does
customers = np.arange(1_000_000) * 7
def resident():
    give_memory_back()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
read_consent(Path(sys.argv[1]))  # what the libraries take once
before = resident()
kept = read_consent(Path(sys.argv[2]))
kept.fit_to(customers)
print(len(kept), resident() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(("channels", "apart"), [(1, 7), (1, 10_007), (9, 7), (33, 10_007)])
def test_a_million_rows_take_less_than_20_mb(channels: int, apart: int, tmp_path: Path) -> None:
    customers = 1_000_000 // channels
    columns = (
        np.repeat(np.arange(customers) * apart, channels),
        np.tile([f"channel {number:02}" for number in range(channels)], customers),
        np.ones(customers * channels, bool),
        pa.array(np.arange(customers * channels) % 10**9, pa.int64()).cast(pa.timestamp("us", "UTC")),
    )
    made = pa.table(dict(zip(("user_id", "channel", "allowed", "since"), columns, strict=True)))
    pq.write_table(made.take(pa.array(np.random.default_rng(0).permutation(made.num_rows))), tmp_path / FILE)
    small = write_consent(tmp_path / "small", [(1, "sms", True, 0)])
    command = [sys.executable, "-c", _RESIDENT, str(small), str(tmp_path / FILE)]
    done = subprocess.run(command, cwd=SERVICES, capture_output=True, text=True, check=True)
    loaded, taken = map(int, done.stdout.split())
    assert loaded == customers and taken < 20e6, f"{taken / 1e6:.1f} MB"
    print(f"{channels} channels, {apart} apart: {taken / 1e6:.1f} MB")
