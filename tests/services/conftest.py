"""Fixtures of the service's tests: a small set, the application over it, and a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.services.made_sets import small_bank, write_bank

SERVICES = Path(__file__).resolve().parents[2] / "services"


@pytest.fixture
def recs(tmp_path: Path) -> Path:
    """A folder of sets with the small bank in use."""
    folder = tmp_path / "recs"
    write_bank(folder, small_bank())
    return folder


@pytest.fixture
def make_client(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Clients of applications with the settings given; closed at the end."""
    from recommendation_service import create_app
    from serving.settings import Settings

    opened: list[TestClient] = []

    def make(recs: Path, **settings: Any) -> TestClient:
        client = TestClient(create_app(Settings(recs_dir=recs, **settings)))
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Callable[..., TestClient], recs: Path) -> TestClient:
    return make_client(recs, demo=True)


def look(client: TestClient) -> None:
    """Let the application's watcher look now."""
    client.portal.call(client.app.state.service.watcher.loop.now)  # type: ignore[union-attr,attr-defined]


def metric(client: TestClient, name: str, **labels: str) -> float:
    """Value of a sample on /metrics."""
    value = client.app.state.service.registry.get_sample_value(name, labels)  # type: ignore[attr-defined]
    assert value is not None, (name, labels)
    return float(value)


def traffic(client: TestClient) -> None:
    """Requests of every kind: known and unknown customers, wrong requests, routes that do not exist."""
    for body in ({"user_id": 10}, {"user_id": 12, "k": 24}, {"user_id": 999}, {"user_id": 15}, {"user_id": -1}):
        client.post("/recommendations", json=body)
    client.get("/nowhere/17")
    client.request("PURGE", "/products")


class Server:
    """The service as a process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, user_id: int, **more: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/recommendations", json={"user_id": user_id, **more}, timeout=10)

    def wait_for(self, what: Callable[[], bool], seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, self.log.read_text()[-3000:]
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(recs: Path, folder: Path, **environment: str) -> Iterator[Server]:
    """Run `recommendation_service.py`; yields when it is live."""
    port, log = free_port(), folder / "service.log"
    values = {**os.environ, "RECS_DIR": str(recs), "PORT": str(port), "WATCH_SECONDS": "0.05", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "recommendation_service.py"],
            cwd=SERVICES,
            env=values,
            stdout=output,
            stderr=output,
        )
    server = Server(process, port, log)

    def live() -> bool:
        try:
            return httpx.get(f"{server.url}/health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    try:
        server.wait_for(live)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def server(recs: Path, tmp_path: Path) -> Iterator[Server]:
    with running(recs, tmp_path, DEMO="1") as started:
        yield started
