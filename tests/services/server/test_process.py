"""The service as a process: switches under load, kills, signals, slow clients, the import wall."""

from __future__ import annotations

import ast
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.services.conftest import SERVICES, Server, running
from tests.services.made_sets import Bank, Customer, small_bank, switch, write_bank

HEAVY = ("pandas", "scipy", "implicit", "catboost", "mlflow", "bankrec")


def test_importing_the_service_loads_nothing_of_training() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import recommendation_service as s; s.create_app()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=SERVICES, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & set(HEAVY), path


def alternating(recs: Path) -> dict[str, list[str]]:
    """Two sets that differ in every list; item ids by set."""
    orders = {"a": (0, 1, 2, 3, 4), "b": (9, 8, 7, 6, 5)}
    banks = {
        name: Bank([Customer(user_id, (23,), order) for user_id in range(200)], set_id=name)
        for name, order in orders.items()
    }
    for bank in banks.values():
        write_bank(recs, bank)
    catalogue = json.loads((recs / "a" / "products.json").read_text())
    return {name: [catalogue[bit]["id"] for bit in order] for name, order in orders.items()}


def test_fifty_switches_under_load(tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    expected = alternating(recs)
    answers: list[tuple[str, tuple[str, ...]]] = []
    failures: list[object] = []
    stop = threading.Event()

    def load(url: str) -> None:
        with httpx.Client(timeout=10) as client:
            while not stop.is_set():
                try:
                    one = client.post(f"{url}/recommendations", json={"user_id": 7}).raise_for_status().json()
                    answers.append((one["set_id"], tuple(r["item_id"] for r in one["recommendations"])))
                    body = {"user_ids": list(range(20))}
                    many = client.post(f"{url}/recommendations/batch", json=body).raise_for_status().json()
                    answers.extend(
                        (many["set_id"], tuple(r["item_id"] for r in result["recommendations"]))
                        for result in many["results"]
                    )
                except Exception as error:
                    failures.append(error)

    with running(recs, tmp_path, WATCH_SECONDS="0.02") as server:
        threads = [threading.Thread(target=load, args=(server.url,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for turn in range(50):
            wanted = "ab"[turn % 2]
            switch(recs, wanted)
            server.wait_for(lambda wanted=wanted: server.ask(1).json()["set_id"] == wanted)  # type: ignore[misc]
        stop.set()
        for thread in threads:
            thread.join()
        loads = httpx.get(f"{server.url}/metrics").text
    assert not failures
    assert {name for name, _ in answers} == {"a", "b"}
    mixed = [(name, listed) for name, listed in answers if list(listed) != expected[name]]
    assert not mixed[:3]
    assert 'recommendations_set_loads_total{result="refused"} 0.0' in loads


def test_a_set_is_noticed_within_five_seconds_by_default(recs: Path, tmp_path: Path) -> None:
    with running(recs, tmp_path, WATCH_SECONDS="2.0") as server:
        write_bank(recs, small_bank(set_id="new"))
        server.wait_for(lambda: server.ask(10).json()["set_id"] == "new", seconds=5)


PUBLISH = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.services.made_sets import small_bank, write_bank
number = 0
while True:
    number += 1
    write_bank(Path({recs!r}), small_bank(set_id=f"{{sys.argv[1]}}-{{number}}"))
    print(number, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.004, 0.011])
def test_a_publisher_killed_in_the_middle_leaves_a_servable_folder(recs: Path, tmp_path: Path, delay: float) -> None:
    code = PUBLISH.format(root=str(SERVICES.parent), recs=str(recs))
    with running(recs, tmp_path) as server:
        for turn in range(2):
            publisher = subprocess.Popen([sys.executable, "-c", code, f"p{turn}"], stdout=subprocess.PIPE)
            assert publisher.stdout is not None
            publisher.stdout.readline()
            time.sleep(delay)  # somewhere in the middle of the next set
            publisher.kill()
            publisher.wait()
            publisher.stdout.close()
            whole = (recs / "current").resolve().name
            server.wait_for(lambda whole=whole: server.ask(10).json()["set_id"] == whole)  # type: ignore[misc]
            assert httpx.get(f"{server.url}/health/ready").status_code == 200
        assert "recommendations_set_refused 0.0" in httpx.get(f"{server.url}/metrics").text


def test_sigterm_finishes_what_it_has_and_exits_0(server: Server) -> None:
    body = b'{"user_id": 10}'
    head = b"POST /recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(head % len(body) + body[:5])
        server.wait_for(
            lambda: "inprogress 1" in httpx.get(f"{server.url}/metrics").text.replace("inprogress 2", "inprogress 1")
        )
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(lambda: "Shutting down" in server.log.read_text())
        slow.sendall(body[5:])
        assert slow.recv(65536).startswith(b"HTTP/1.1 200")
    assert server.process.wait(10) == 0
    with pytest.raises(httpx.TransportError):
        server.ask(10)


def test_many_half_open_and_slow_clients_starve_nobody(server: Server) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    for number, connection in enumerate(silent):
        if number % 3 == 1:
            connection.sendall(b"POST /recommendations HTT")
        elif number % 3 == 2:
            connection.sendall(b"POST /recommendations HTTP/1.1\r\nContent-Length: 50\r\n\r\n{")
    times = []
    for _ in range(50):
        started = time.perf_counter()
        assert server.ask(10).status_code == 200
        times.append(time.perf_counter() - started)
    assert sorted(times)[25] < 0.5, times
    for connection in silent:
        connection.close()


def test_started_without_a_set_it_becomes_ready(tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    with running(recs, tmp_path) as server:
        assert httpx.get(f"{server.url}/health/ready").status_code == 503
        write_bank(recs, small_bank())
        server.wait_for(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)
        assert server.ask(10).json()["source"] == "personal"
