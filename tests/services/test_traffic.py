"""The traffic generator: its requests and its table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from tests.services.conftest import SERVICES, Server, running
from tests.services.made_banks import credit_union, universal_bank
from tests.services.made_sets import write_bank


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "test_requests.py", *options]
    return subprocess.run(command, cwd=SERVICES, capture_output=True, text=True, timeout=60, check=False)


def test_the_table_at_the_end(server: Server) -> None:
    done = run("--url", server.url, "--rate", "60", "--duration", "3", "--unknown", "0.2", "--bad", "0.2")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    counts = {(row[0], row[1]): int(row[2].replace(",", "")) for row in rows if row[0] in ("sent", "status")}
    assert counts["status", "200"] == counts["sent", "known"] + counts["sent", "unknown"] + counts.get(
        ("sent", "batch"), 0
    )
    assert counts["status", "422"] == counts["sent", "bad"] > 0
    assert {row[1] for row in rows if row[0] == "source"} >= {"personal", "popular"}
    assert [row[1] for row in rows if row[0] == "latency"] == ["p50", "p95", "p99", "p99.9"]
    assert ["unexpected", "0"] in rows


def test_segments_are_those_of_the_set(tmp_path: Path) -> None:
    write_bank(tmp_path / "recs", credit_union())
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        done = run("--url", server.url, "--rate", "60", "--duration", "2", "--unknown", "0.6", "--bad", "0.2")
        assert done.returncode == 0, done.stdout + done.stderr
        write_bank(tmp_path / "recs", universal_bank())
        server.wait_for(lambda: server.ask(10).json()["set_id"] == universal_bank().set_id)
        done = run("--url", server.url, "--rate", "60", "--duration", "2", "--unknown", "0.6", "--bad", "0.2")
        assert done.returncode == 0, done.stdout + done.stderr
        asked = httpx.get(f"{server.url}/metrics").text
    assert 'recommendations_products_total{product="u33",rank_band="1"} 0.0' not in asked, "no segment was asked for"


def test_random_customers_are_not_called_known(recs: Path, tmp_path: Path) -> None:
    """Without the page's route nothing names customers of the set, unless a file does."""
    with running(recs, tmp_path) as server:
        done = run("--url", server.url, "--rate", "60", "--duration", "1")
        assert "random customers: start the service with DEMO=1, or give --customers FILE" in done.stdout
        sent = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("sent")}
        assert "random" in sent and "known" not in sent
        (tmp_path / "customers").write_text("1\n2\n")
        done = run("--url", server.url, "--rate", "60", "--duration", "1", "--customers", str(tmp_path / "customers"))
        assert "random" not in done.stdout and "known" in done.stdout


def test_a_service_that_is_not_there() -> None:
    done = run("--url", "http://127.0.0.1:9", "--duration", "1")
    assert done.returncode == 1
    assert "not ready" in done.stdout
