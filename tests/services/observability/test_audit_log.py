"""The audit log: a line per answer, a file a day, no customer in it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.observability import daily_file
from serving.observability.audit_log import AuditLog

Make = Callable[..., TestClient]


def test_the_audit_log(make_client: Make, recs: Path, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    client = make_client(recs, audit_log=path, audit_key="k")
    answer = client.post("/recommendations", json={"user_id": 15889, "k": 2}).json()
    client.post("/recommendations/batch", json={"user_ids": [15889, 10]})
    client.__exit__(None, None, None)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    client.__enter__()
    assert lines[0]["request_id"] == answer["request_id"]
    assert lines[0]["products"] == [one["item_id"] for one in answer["recommendations"]]
    assert lines[0]["set_id"] == answer["set_id"] and lines[0]["time"]
    assert "15889" not in path.read_text()
    assert lines[0]["customer"] == lines[1]["customer"] != lines[2]["customer"]
    assert AuditLog(tmp_path / "b", b"other").pseudonym(15889) != lines[0]["customer"]


def lines_of(path: Path) -> list[str]:
    return [json.loads(line)["request_id"] for line in path.read_text().splitlines()]


def audit(path: Path, days: int | None, *request_ids: str) -> None:
    async def write() -> None:
        log = AuditLog(path, b"k", days)
        for request_id in request_ids:
            log.write(request_id, 15889, "set", "none", [])
        log.close()

    asyncio.run(write())


def days_ago(days: int) -> str:
    return f"{datetime.now(UTC).date() - timedelta(days):%Y-%m-%d}"


def test_the_audit_log_has_a_file_a_day_and_drops_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit(path, 30, "three days ago")
    then = time.time() - 3 * 86_400
    os.utime(path, (then, then))
    others = [f"audit.jsonl.{days_ago(age)}" for age in (30, 31, 400)] + ["audit.jsonl.2016-05-28.bak", "notes.txt"]
    for name in others:
        (tmp_path / name).write_text("")
    audit(path, 30, "today", "today again")
    assert lines_of(path) == ["today", "today again"]
    assert lines_of(tmp_path / f"audit.jsonl.{days_ago(3)}") == ["three days ago"]
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"audit.jsonl", f"audit.jsonl.{days_ago(3)}", others[0], *others[3:]}


def test_an_audit_log_without_a_number_of_days_drops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit(path, None, "long ago")
    os.utime(path, (0, 0))
    audit(path, None, "today")
    assert lines_of(tmp_path / "audit.jsonl.1970-01-01") == ["long ago"]
    assert lines_of(path) == ["today"]


def test_no_line_of_the_audit_log_is_lost_where_several_processes_meet_a_new_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "audit.jsonl", daily_file.datetime

    class Yesterday(real):  # type: ignore[misc,valid-type]
        @classmethod
        def now(cls, zone: Any = None) -> Any:
            return real.now(zone) - timedelta(1)

    async def write() -> None:
        monkeypatch.setattr("serving.observability.daily_file.datetime", Yesterday)
        opened = [AuditLog(path, b"k", 30) for _ in range(3)]
        opened[0].write("yesterday", 15889, "set", "none", [])
        then = time.time() - 86_400
        os.utime(path, (then, then))
        monkeypatch.setattr("serving.observability.daily_file.datetime", real)
        for number, log in enumerate(opened):
            log.write(f"today {number}", 15889, "set", "none", [])
            log.flush()
        for log in opened:
            log.close()

    asyncio.run(write())
    assert lines_of(path) == ["today 0", "today 1", "today 2"]
    assert lines_of(tmp_path / f"audit.jsonl.{days_ago(1)}") == ["yesterday"]


def test_a_line_of_the_audit_log_is_on_disk_within_a_second_of_the_last_answer(
    make_client: Make, recs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    client = make_client(recs, audit_log=path, audit_key="k")
    for _ in range(5):
        client.post("/recommendations", json={"user_id": 10})
    until = time.monotonic() + 5
    while len(lines_of(path)) < 5:
        assert time.monotonic() < until, f"{len(lines_of(path))} of 5 lines"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_stops_the_audit_log_and_not_the_answers(
    make_client: Make, recs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(recs, audit_log=Path("/dev/full"), audit_key="k")
    assert client.post("/recommendations", json={"user_id": 10}).status_code == 200
    assert "audit log can't be written" in caplog.text
