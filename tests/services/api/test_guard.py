"""Limits, key and headers, which the guard checks before every route."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response

from serving.api.guard import Guard
from serving.observability.monitoring import Monitoring
from serving.settings import Settings

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
    for path in ("/set", "/products", "/console/summary", "/console/sets"):
        assert client.get(path).status_code == 401
    for path in ("/health/live", "/health/ready", "/metrics", "/", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200
    assert "s3cret" not in caplog.text
    assert "API_KEY is not set" not in caplog.text
    assert rejected(client, "unauthorised") == 7


def test_without_a_key_it_says_that_it_is_open(make_client: Make, recs: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_client(recs)
    assert "API_KEY is not set: everyone who can reach the service can use it" in caplog.text


def test_the_body_limit(make_client: Make, recs: Path) -> None:
    client = make_client(recs, body_limit=2048)
    declared = client.post("/recommendations", content=b"x" * 2049, headers={"content-type": "application/json"})
    chunked = client.post("/recommendations", content=iter([b"[" * 1500, b"[" * 1500]))
    assert declared.status_code == chunked.status_code == 413
    assert declared.json()["title"] and chunked.json()["status"] == 413
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


def test_nothing_inline_runs_but_in_the_documentation(client: TestClient) -> None:
    for path in ("/", "/page/index.html", "/products", "/console/card", "/nowhere", "/health/live", "/openapi.json"):
        response = client.get(path)
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';") and "unsafe" not in policy, path
        assert (response.headers["x-content-type-options"], response.headers["referrer-policy"]) == (
            "nosniff",
            "no-referrer",
        ), path
    assert "'unsafe-inline'" in client.get("/docs").headers["content-security-policy"]


def test_a_browser_keeps_what_has_no_customer_and_asks_whether_it_is_the_same(client: TestClient) -> None:
    kept = {path: client.get(path).headers["cache-control"] for path in ("/page/page.css", "/console/summary")}
    assert set(kept.values()) == {"private, no-cache"}
    for path in ("/", "/set", "/console/sets", "/console/products/x"):
        assert client.get(path).headers["cache-control"] == "no-store"


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


async def hangs(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    await Request(scope, receive).body()
    await Response("done")(scope, receive, send)


def test_a_slow_body_is_the_clients_failure_and_a_slow_answer_ours() -> None:
    status, problem = call(reads, Settings(request_timeout=0.05), nothing_comes)
    assert (status, problem["title"]) == (408, "Request Timeout")
    status, problem = call(hangs, Settings(request_timeout=0.05), nothing_comes)
    assert (status, problem["title"]) == (504, "Gateway Timeout")


def test_a_client_that_hangs_up_is_no_error_of_the_service(caplog: pytest.LogCaptureFixture) -> None:
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(parts)

    status, problem = call(reads_all, Settings(), receive)
    assert (status, problem["title"]) == (499, "Client Closed Request")
    assert not caplog.records


def test_the_time_that_a_body_takes_to_arrive_is_not_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    monitoring = Monitoring(CollectorRegistry(), "test")
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.request", "body": b"}"}])

    async def receive() -> dict[str, Any]:
        clock[0] += 7
        return next(parts)

    async def send(message: dict[str, Any]) -> None:
        pass

    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [], "query_string": b""}
    asyncio.run(Guard(reads_all, Settings(), monitoring, None)(scope, receive, send))
    (seconds,) = [
        one.value for family in monitoring.latency.collect() for one in family.samples if one.name.endswith("_sum")
    ]
    assert seconds == 0, "of 14 s in which the body arrived"


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
    assert call(reads, short, nothing_comes, path="/health/live", **queue)[0] == 408


def test_who_waits_for_a_body_is_not_in_the_queue() -> None:
    """Slow clients do not count in the queue: while every task waits for its body, the next request is answered."""
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
