"""Limits, key, headers, logs: what keeps the service safe."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from serving.api.guard import Guard
from serving.observability import daily_file
from serving.observability.audit_log import AuditLog
from serving.observability.monitoring import Monitoring
from serving.observability.request_log import RequestLog
from serving.settings import Settings
from tests.services.conftest import SERVICES, free_port

Make = Callable[..., TestClient]


def rejected(client: TestClient, reason: str) -> float:
    registry = client.app.state.service.registry  # type: ignore[attr-defined]
    return float(registry.get_sample_value("recommendations_rejected_total", {"reason": reason}))


def test_the_key(make_client: Make, recs: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = make_client(recs, api_key="s3cret", demo=True)
    for headers in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": ""}):
        response = client.post("/recommendations", json={"user_id": 10}, headers=headers)
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"
    response = client.post("/recommendations", json={"user_id": 10}, headers={"X-API-Key": "s3cret"})
    assert response.status_code == 200
    for path in ("/set", "/products", "/demo/customer"):
        assert client.get(path).status_code == 401
    for path in ("/health/live", "/health/ready", "/metrics", "/", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200
    assert "s3cret" not in caplog.text
    assert "open to whoever" not in caplog.text
    assert rejected(client, "unauthorised") == 6


def test_without_a_key_it_says_that_it_is_open(make_client: Make, recs: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_client(recs)
    assert "open to whoever reaches it" in caplog.text


def test_the_body_limit(make_client: Make, recs: Path) -> None:
    client = make_client(recs, body_limit=2048)
    told = client.post("/recommendations", content=b"x" * 2049, headers={"content-type": "application/json"})
    chunked = client.post("/recommendations", content=iter([b"[" * 1500, b"[" * 1500]))
    assert told.status_code == chunked.status_code == 413
    assert told.json()["title"] and chunked.json()["status"] == 413
    assert rejected(client, "body_limit") == 2


def test_the_batch_limit_can_be_lower(make_client: Make, recs: Path) -> None:
    client = make_client(recs, batch_limit=2)
    assert client.post("/recommendations/batch", json={"user_ids": [1, 2]}).status_code == 200
    problem = client.post("/recommendations/batch", json={"user_ids": [1, 2, 3]})
    assert (problem.status_code, "at most 2" in problem.json()["detail"]) == (422, True)


def test_headers_and_request_id(client: TestClient) -> None:
    response = client.post("/recommendations", json={"user_id": 10}, headers={"X-Request-ID": "till-7.a"})
    assert response.headers["x-request-id"] == response.json()["request_id"] == "till-7.a"
    for name in ("x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy"):
        assert name in response.headers
    bad = client.post("/recommendations", json={"user_id": 10}, headers={"X-Request-ID": 'a"b\\c'})
    assert bad.headers["x-request-id"] == bad.json()["request_id"] != 'a"b\\c'
    ids = {client.get("/products").headers["x-request-id"] for _ in range(10)}
    assert len(ids) == 10
    assert "'unsafe-inline'" not in client.get("/").headers["content-security-policy"]


def call(app: Any, settings: Settings, receive: Any, **scope: Any) -> tuple[int, dict[str, Any]]:
    """Status and body of one request through the guard around `app`."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    guard = Guard(app, settings, Monitoring(CollectorRegistry(), "test"), None)
    whole = {"type": "http", "method": "POST", "path": "/x", "headers": [], "query_string": b"", **scope}
    asyncio.run(guard(whole, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


async def nothing_comes() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


async def reads(scope: Any, receive: Any, send: Any) -> None:
    await receive()


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("a secret inside")


def test_a_slow_body_is_given_up() -> None:
    status, problem = call(reads, Settings(request_timeout=0.05), nothing_comes)
    assert (status, problem["title"]) == (504, "Gateway Timeout")


def test_an_error_shows_no_inside(caplog: pytest.LogCaptureFixture) -> None:
    status, problem = call(fails, Settings(), nothing_comes)
    assert status == 500
    assert "secret" not in json.dumps(problem)
    assert "a secret inside" in caplog.text


def test_a_long_queue_is_answered_503_but_not_for_health() -> None:
    queue = {"extensions": {"tasks": set(range(10))}}
    status, problem = call(reads, Settings(concurrency_limit=9), nothing_comes, **queue)
    assert (status, problem["status"]) == (503, 503)
    short = Settings(concurrency_limit=9, request_timeout=0.05)
    assert call(reads, short, nothing_comes, path="/health/live", **queue)[0] == 504


def test_who_waits_for_a_body_is_not_in_the_queue() -> None:
    """Slow clients hold no place: with every task waiting for its body, the next one is answered."""
    tasks: set[Any] = set()
    done: list[int] = []

    async def scenario() -> None:
        guard = Guard(reads, Settings(concurrency_limit=2), Monitoring(CollectorRegistry(), "t"), None)
        scope = {"type": "http", "method": "POST", "path": "/x", "headers": [], "extensions": {"tasks": tasks}}

        async def quick() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: dict[str, Any]) -> None:
            done.append(message.get("status", 0))

        for _ in range(5):
            tasks.add(asyncio.create_task(guard(dict(scope), nothing_comes, send)))
            await asyncio.sleep(0)
        tasks.add(asyncio.current_task())
        await guard(dict(scope), quick, send)
        for task in tasks - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(scenario())
    assert 503 not in done


def test_no_customer_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    client.post("/recommendations?user_id=15889&k=2")
    client.post("/recommendations", json={"user_id": 15889})
    client.get("/demo/customer?user_id=15889")
    client.__exit__(None, None, None)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines() if '"requests"' in line]
    client.__enter__()
    assert [line["route"] for line in lines] == ["/recommendations"] * 2 + ["/demo/customer"]
    assert all(line["status"] == 200 and line["ms"] > 0 and line["request_id"] for line in lines)
    assert "15889" not in written + caplog.text


def test_a_request_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    async def write() -> None:
        log = RequestLog()
        log.write("id-1", "POST", "/recommendations", 200, 0.00123)
        log.flush()

    asyncio.run(write())
    line = json.loads(capsys.readouterr().err)
    assert (line["ms"], line["status"], line["time"][-1]) == (1.23, 200, "Z")


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


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [({"audit_log": "audit"}, "AUDIT_KEY"), ({"audit_log": "no/such/folder/audit", "audit_key": "k"}, "AUDIT_LOG")],
)
def test_an_audit_log_needs_its_key_and_a_folder(settings: dict[str, Any], wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=wrong):
        Settings(**{**settings, "audit_log": tmp_path / settings["audit_log"]})


def test_an_audit_log_that_may_not_be_written_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)  # tests may run as root, who may write all
    with pytest.raises(ValueError, match=f"this user may not write to {tmp_path}"):
        Settings(audit_log=tmp_path / "audit", audit_key="k")


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


def test_an_audit_log_that_cannot_be_opened_stops_the_start_with_one_line(recs: Path, tmp_path: Path) -> None:
    values = {
        "RECS_DIR": str(recs),
        "PORT": str(free_port()),
        "AUDIT_LOG": str(tmp_path / "no" / "log"),
        "AUDIT_KEY": "k",
    }
    done = subprocess.run(
        [sys.executable, "recommendation_service.py"],
        cwd=SERVICES, env={**os.environ, **values}, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode not in (0, None)
    assert "AUDIT_LOG is to be a file in a folder that exists" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose passes what `.env` leaves empty."""
    for name in ("API_KEY", "AUDIT_LOG", "AUDIT_KEY", "AUDIT_DAYS", "DEMO", "PORT"):
        monkeypatch.setenv(name, "")
    assert Settings() == Settings.model_construct(
        **{name: field.default for name, field in Settings.model_fields.items()}
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_stops_the_audit_log_and_not_the_answers(
    make_client: Make, recs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(recs, audit_log=Path("/dev/full"), audit_key="k")
    assert client.post("/recommendations", json={"user_id": 10}).status_code == 200
    assert "audit log can't be written" in caplog.text


def test_a_log_that_cannot_be_written_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

    async def write() -> RequestLog:
        log = RequestLog()
        for _ in range(RequestLog.MOST_LINES + 1):
            log.write("id-1", "POST", "/recommendations", 200, 0.001)
        log.flush()
        return log

    monkeypatch.setattr("sys.stderr", Full())
    assert len(asyncio.run(write())._ended) == 0
