"""Files of consent as banks export them: what is taken, and how a wrong value is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.errors import InputError
from bankrec.publishing.consent import CONSENT, SCHEMA
from bankrec.publishing.consent_input import read_consent, read_in_place

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
HEAD = "user_id,channel,allowed,since"


def csv(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "consent.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-28", datetime(2024, 5, 28, tzinfo=UTC)),
        ("2024-05-28 09:30", datetime(2024, 5, 28, 9, 30, tzinfo=UTC)),
        ("2024-05-28T09:30:00Z", datetime(2024, 5, 28, 9, 30, tzinfo=UTC)),
        ("2024-05-28 09:30:00.25+02", datetime(2024, 5, 28, 7, 30, 0, 250_000, tzinfo=UTC)),
        (" 2024-05-28 09:30:00-05:30 ", datetime(2024, 5, 28, 15, tzinfo=UTC)),
        ("2024-06-02 11:59", datetime(2024, 6, 2, 11, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_their_zone_and_without_one_as_utc(text: str, moment: datetime, tmp_path: Path) -> None:
    assert read_consent(csv(tmp_path, f"1,sms,true,{text}"), NOW)["since"].to_pylist() == [moment]


def test_a_csv_of_any_order_with_more_columns_and_other_spellings_is_read(tmp_path: Path) -> None:
    head = "\ufeffsince,note,allowed,channel,user_id"
    lines = ('2024-05-01,"a, b",SÍ, phone call ,7', "", "2024-05-01,,0,web,007")
    made = read_consent(csv(tmp_path, *lines, head=head), NOW)
    assert made.schema == SCHEMA
    assert made.select(["user_id", "channel", "allowed"]).to_pylist() == [
        {"user_id": 7, "channel": "phone call", "allowed": True},
        {"user_id": 7, "channel": "web", "allowed": False},
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x,sms,true,2024-05-01", "line 4: user_id is 'x', not a whole number"),
        ("-1,sms,true,2024-05-01", "line 4: user_id is '-1'"),
        ("9007199254740993,sms,true,2024-05-01", "line 4: user_id is '9007199254740993'"),
        ("1,,true,2024-05-01", "line 4: channel is ''"),
        ("1,a;b,true,2024-05-01", "line 4: channel is 'a;b'"),
        (f"1,{'a' * 33},true,2024-05-01", "line 4: channel is 'a"),
        ("1,sms,perhaps,2024-05-01", "line 4: allowed is 'perhaps', not true or false"),
        ("1,sms,true,2024-02-30", "line 4: since is '2024-02-30', not a time"),
        ("1,sms,true,28/05/2024", "line 4: since is '28/05/2024'"),
        ("1,sms,true,2024-06-02T12:00:01Z", "line 4: since is '2024-06-02T12:00:01Z', not a time.*a day ahead"),
        ("1,SMS,true,2024-05-01", "the channels sms and SMS"),
        ("1,sms,true", "line 4, can't be read: .*got 3"),
    ],
)
def test_a_value_that_can_not_be_taken_is_named_with_its_line(line: str, message: str, tmp_path: Path) -> None:
    path = csv(tmp_path, "1,sms,true,2024-05-01", "", line)
    with pytest.raises(InputError, match=message) as caught:
        read_consent(path, NOW)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def parquet(folder: Path, **columns: Any) -> Path:
    given: dict[str, Any] = {"user_id": [7, 8], "channel": ["sms", "sms"], "allowed": [True, False],
                             "since": [datetime(2024, 5, 1), datetime(2024, 5, 2)]}  # fmt: skip
    path = folder / "consent.parquet"
    pq.write_table(pa.table(given | columns), path)
    return path


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"user_id": pa.array([7, 8], pa.uint16()), "channel": pa.array(["sms", "sms"]).dictionary_encode()},
        {"user_id": ["7", "8"], "allowed": ["1", "0"], "since": ["2024-05-01", "2024-05-02T00:00:00Z"]},
        {"since": [date(2024, 5, 1), date(2024, 5, 2)]},
        {"since": pa.array([1_714_521_600_000, 1_714_608_000_000], pa.timestamp("ms", "Europe/Madrid"))},
    ],
)
def test_parquet_of_several_types_is_read(columns: dict[str, Any], tmp_path: Path) -> None:
    made = read_consent(parquet(tmp_path, **columns), NOW)
    assert made.schema == SCHEMA
    days = [datetime(2024, 5, day, tzinfo=UTC) for day in (1, 2)]
    assert made.to_pydict() == {"user_id": [7, 8], "channel": ["sms"] * 2, "allowed": [True, False], "since": days}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"user_id": [7, None]}, "row 2: user_id is None"),
        ({"user_id": [7.0, 8.5]}, "row 1: user_id is 7.0"),
        ({"channel": [b"sms", b"sms"]}, "row 1: channel is"),
        ({"allowed": [1, 0]}, "row 1: allowed is 1, not true or false"),
        ({"allowed": [True, None]}, "row 2: allowed is None"),
        ({"since": [20240501, 20240502]}, "row 1: since is 20240501"),
        ({"since": [datetime(2024, 5, 1), datetime(2024, 7, 1)]}, "row 2: since is"),
    ],
)
def test_parquet_with_a_wrong_value_is_refused(columns: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_consent(parquet(tmp_path, **columns), NOW)


def test_a_file_that_is_none_or_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(parquet(tmp_path).read_bytes()[:-30])
    with pytest.raises(InputError, match="can't be read"):
        read_consent(tmp_path / "torn.parquet", NOW)
    for head, message in (
        (HEAD, "has no rows"),
        ("user_id,channel,since", "column allowed is missing"),
        ("", "column user_id is missing"),
    ):
        with pytest.raises(InputError, match=message):
            read_consent(csv(tmp_path, head=head), NOW)
    many = [f"1,channel {number},true,2024-05-01" for number in range(65)]
    with pytest.raises(InputError, match="65 channels; at most 64"):
        read_consent(csv(tmp_path, *many), NOW)


def test_the_file_in_place_is_read_back_or_an_error(tmp_path: Path) -> None:
    assert read_in_place(tmp_path) is None
    zone = timezone(timedelta(hours=2))
    moment = datetime(2024, 5, 1, 2, tzinfo=zone).astimezone(UTC)
    pq.write_table(pa.table([[7], ["sms"], [True], [moment]], schema=SCHEMA), tmp_path / CONSENT)
    made = read_in_place(tmp_path)
    assert made is not None and made["since"].to_pylist() == [moment]
    (tmp_path / CONSENT).write_bytes(b"torn")
    with pytest.raises(InputError, match="can't be read"):
        read_in_place(tmp_path)
