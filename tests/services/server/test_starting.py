"""Every way to start the service: it serves until it is stopped, and leaves no process and no customer's number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.services.conftest import SERVICES, Server, free_port

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")

BIN = Path(sys.executable).parent
APP = "recommendation_service:app"
WAYS = {
    "python": [sys.executable, "recommendation_service.py"],
    "uvicorn": [str(BIN / "uvicorn"), APP, "--port", "PORT"],
    "uvicorn --reload": [str(BIN / "uvicorn"), APP, "--port", "PORT", "--reload"],
    "uvicorn --workers 2": [str(BIN / "uvicorn"), APP, "--port", "PORT", "--workers", "2"],
    "uvicorn --log-level trace": [str(BIN / "uvicorn"), APP, "--port", "PORT", "--log-level", "trace"],
    "fastapi run": [str(BIN / "fastapi"), "run", "recommendation_service.py", "--port", "PORT"],
    "gunicorn": [str(BIN / "gunicorn"), "-k", "uvicorn_worker.UvicornWorker", APP, "--bind", "127.0.0.1:PORT"],
    "gunicorn --workers 2": [
        *(str(BIN / "gunicorn"), "-k", "uvicorn_worker.UvicornWorker", APP, "--bind", "127.0.0.1:PORT"),
        *("--workers", "2", "--access-logfile", "-"),
    ],
}
WORKERS = {"uvicorn --workers 2": 2, "gunicorn --workers 2": 2}
UVICORN_SUPERVISES = {"uvicorn --reload", "uvicorn --workers 2"}
ENDS = [(way, signal.SIGTERM) for way in WAYS]
ENDS += [(way, signal.SIGINT) for way in ("python", "uvicorn --reload", "uvicorn --workers 2")]
SECONDS = 60.0
CUSTOMER = 2**40  # in the set; a number that no process, port or time has


def group(leader: int) -> list[str]:
    """Command lines of the processes in a group that are not yet ended."""
    commands = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, process_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(process_group) == leader and state != "Z":
                commands.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return commands


def poll(what: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < until, log.read_text()[-5000:]
        time.sleep(0.02)


@contextmanager
def started(way: str, folder: Path, **environment: str) -> Iterator[Server]:
    """Start the service in one way, in a process group of its own, which is killed at the end."""
    port, log = free_port(), folder / "service.log"
    command = [part.replace("PORT", str(port)) for part in WAYS[way]]
    values = {**os.environ, "PORT": str(port), "WATCH_SECONDS": "0.05", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=SERVICES, env=values, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield Server(process, port, log)
    finally:
        if group(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def ready(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()[-5000:]
    try:
        return httpx.get(f"{server.url}/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def stop(server: Server, how: signal.Signals) -> None:
    """SIGTERM goes to the process that was started, SIGINT to all of the group as Ctrl-C does."""
    if how == signal.SIGINT:
        os.killpg(server.process.pid, how)
    else:
        server.process.send_signal(how)
    poll(lambda: server.process.poll() is not None, server.log)
    poll(lambda: not group(server.process.pid), server.log)


@pytest.mark.parametrize(("way", "how"), ENDS, ids=lambda value: getattr(value, "name", value))
def test_it_serves_until_it_is_stopped(way: str, how: signal.Signals, recs: Path, tmp_path: Path) -> None:
    warned = WORKERS.get(way, 0)
    with started(way, tmp_path, RECS_DIR=str(recs), DEMO="0") as server:
        poll(lambda: ready(server), server.log)
        answer = server.ask(CUSTOMER, k=2)
        assert (answer.status_code, answer.json()["source"]) == (200, "personal")
        for path, status in (
            (f"recommendations?user_id={CUSTOMER}&k=2", 200),
            (f"recommendations?user_id={CUSTOMER}&k=99", 422),
            (f"customers/{CUSTOMER}", 404),
        ):
            assert httpx.post(f"{server.url}/{path}", timeout=10).status_code == status
        poll(lambda: server.log.read_text().count("/metrics shows one worker only") >= warned, server.log)
        stop(server, how)
        written = server.log.read_text()
    assert str(CUSTOMER) not in written
    assert written.count("/metrics shows one worker only") == warned, written
    assert "start more containers" in written or not warned
    assert '"route":"/recommendations","status":200' in written
    assert '"message":"set in use"' in written
    assert "Traceback" not in written


@pytest.mark.parametrize("way", WAYS)
def test_an_audit_log_without_its_key_ends_the_start(way: str, recs: Path, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    with started(way, tmp_path, RECS_DIR=str(recs), AUDIT_LOG=str(audit)) as server:
        poll(lambda: "AUDIT_LOG needs AUDIT_KEY" in server.log.read_text(), server.log)
        if way == "uvicorn --reload":  # which waits for a change of the code, as after any error
            stop(server, signal.SIGTERM)
        poll(lambda: not group(server.process.pid), server.log)
        written = server.log.read_text()
    # Of our code: gunicorn's arbiter logs one of its own where a second worker ends while it stops for the first.
    assert "Traceback" not in written or way.startswith("gunicorn"), written
    assert f'File "{SERVICES}' not in written, written
    assert "startup complete" not in written
    assert not audit.exists()
    # uvicorn ends with 0, whatever its workers ended with
    assert server.process.returncode == (0 if way in UVICORN_SUPERVISES else 3), written


IMPORT = """
import logging, os, sys
opened, before = [], list(sys.meta_path)
READS = ("open", "os.listdir", "os.scandir")
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event in READS else None)
import recommendation_service
from fastapi import FastAPI
assert isinstance(vars(recommendation_service)["app"], FastAPI)
assert isinstance(recommendation_service.app, FastAPI)
folder = os.environ["RECS_DIR"]
assert not [path for path in opened if path.startswith((folder, os.environ["AUDIT_LOG"]))], opened
assert sys.meta_path == before, sys.meta_path
for name in (None, "recommendations", "uvicorn", "uvicorn.access", "uvicorn.asgi"):
    logger = logging.getLogger(name)
    assert not logger.handlers and not logger.disabled, name
    assert logger.level == (logging.WARNING if name is None else logging.NOTSET), name
"""


def test_importing_it_touches_nothing(recs: Path, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    environment = {**os.environ, "RECS_DIR": str(recs), "AUDIT_LOG": str(audit), "AUDIT_KEY": "k"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=SERVICES, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not audit.exists()


def test_a_taken_port_is_one_sentence(server: Server, recs: Path) -> None:
    done = subprocess.run(
        WAYS["python"], cwd=SERVICES, env={**os.environ, "RECS_DIR": str(recs), "PORT": str(server.port), "DEMO": "1"},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"PORT {server.port} is in use" in done.stderr


def test_the_page_and_curl_are_printed_when_it_listens(server: Server) -> None:
    server.wait_for(lambda: "Try it: curl" in server.log.read_text())
    assert f"The page to try it: http://localhost:{server.port}/" in server.log.read_text()
