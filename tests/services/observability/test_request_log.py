"""The log of requests: a line each, no customer in it."""

from __future__ import annotations

import asyncio
import json

import pytest
from fastapi.testclient import TestClient

from serving.observability.request_log import RequestLog


def test_no_customer_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    client.post("/recommendations?user_id=15889&k=2")
    client.post("/recommendations", json={"user_id": 15889})
    client.post("/console/customer", json={"user_id": 15889})
    client.__exit__(None, None, None)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines() if '"requests"' in line]
    client.__enter__()
    assert [line["route"] for line in lines] == ["/recommendations"] * 2 + ["/console/customer"]
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
    assert asyncio.run(write())._ended._waiting == []
