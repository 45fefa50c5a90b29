"""From the command to the alert: a customer objects, the file is damaged, the alert fires, the file is repaired.

The service is a process, the file is written by `python -m bankrec consent`, and promtool evaluates the rule file on
what /metrics showed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from tests.services.conftest import Server, running
from tests.services.consent_files import hanging
from tests.services.made_sets import small_bank, write_bank

ROOT = Path(__file__).resolve().parents[2]
BAD = "recommendations_consent_file_bad"
ALERT = "RecommendationConsentFileBad"
AGREED = ["10,email,true,2024-05-01", "10,sms,true,2024-05-01", "11,email,true,2024-05-01", "11,sms,true,2024-05-01"]


def consent(recs: Path, *lines: str) -> str:
    """Run the command on these lines; returns what it printed."""
    path = recs.parent / "export.csv"
    path.write_text("\n".join(["user_id,channel,allowed,since", *lines]) + "\n")
    command = [sys.executable, "-m", "bankrec", "consent", "--recs", str(recs), "--input", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def sources(server: Server) -> list[tuple[str, str | None]]:
    body = {"user_ids": [10, 11, 12]}
    results = httpx.post(f"{server.url}/recommendations/batch", json=body).json()["results"]
    return [(one["source"], one.get("reason")) for one in results]


def shown(server: Server) -> float:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(BAD))


def within_five_seconds(server: Server, holds: Callable[[], bool], since: float) -> None:
    server.wait_for(holds, seconds=since + 5 - time.monotonic())


def firing(samples: list[float], folder: Path) -> bool:
    """Whether the alert fires after `samples` of the metric, ten seconds apart, by the rule file of the repository."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    rules, path = ROOT / "services/prometheus/alerts.yml", folder / "seen_test.yml"
    summary = yaml.safe_load(rules.read_text())["groups"][0]["rules"]
    annotations = next(rule["annotations"] for rule in summary if rule.get("alert") == ALERT)
    labels = {"job": "recommendations", "instance": "here", "severity": "page"}
    expected = {key: text.replace("{{ $labels.instance }}", "here") for key, text in annotations.items()}
    case = {
        "interval": "10s",
        "input_series": [
            {"series": f'{BAD}{{job="recommendations", instance="here"}}', "values": " ".join(map(str, samples))}
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{10 * (len(samples) - 1)}s",
                "alertname": ALERT,
                "exp_alerts": [{"exp_labels": labels, "exp_annotations": expected}],
            }
        ],
    }
    path.write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "10s", "tests": [case]}))
    done = subprocess.run([promtool, "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "FAILED" in done.stdout + done.stderr, done
    return done.returncode == 0


def test_an_objection_counts_within_five_seconds_and_a_damaged_file_alerts(tmp_path: Path) -> None:
    recs, samples = tmp_path / "recs", []
    write_bank(recs, small_bank())
    assert "no consent file before" in consent(recs, *AGREED)
    yes, no = ("personal", None), ("none", "no_consent")
    with running(recs, tmp_path, CONSENT="required", WATCH_SECONDS="2") as server:
        assert sources(server) == [yes, yes, no]
        samples.append(shown(server))
        assert "0 allowed now, 1 no longer allowed" in consent(recs, *AGREED, "11,sms,false,2024-05-02")
        within_five_seconds(server, lambda: sources(server) == [yes, no, no], time.monotonic())
        content = (recs / "consent.parquet").read_bytes()
        (recs / "consent.parquet").write_bytes(content[: len(content) // 2])
        within_five_seconds(server, lambda: shown(server) == 1, time.monotonic())
        assert sources(server) == [yes, no, no], "the last good file counts for the grace"
        samples += [shown(server), shown(server)]
        assert firing(samples, tmp_path)
        assert "nothing to compare with" in consent(recs, *AGREED, "11,sms,true,2024-05-03")
        within_five_seconds(server, lambda: sources(server) == [yes, yes, no], time.monotonic())
        samples.append(shown(server))
        assert samples == [0, 1, 1, 0] and not firing(samples, tmp_path)
        assert httpx.get(f"{server.url}/health/ready").status_code == 200
    assert "consent file refused" in server.log.read_text()


def test_without_grace_a_damaged_file_means_no_at_once_and_after_a_restart(tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    write_bank(recs, small_bank())
    consent(recs, *AGREED)
    with running(recs, tmp_path, CONSENT="required", CONSENT_GRACE="0") as server:
        assert sources(server)[0] == ("personal", None)
        (recs / "consent.parquet").unlink()
        within_five_seconds(server, lambda: sources(server)[0] == ("none", "consent_unavailable"), time.monotonic())
    with running(recs, tmp_path, CONSENT="required") as server:
        assert sources(server) == [("none", "consent_unavailable")] * 3
        ready = httpx.get(f"{server.url}/health/ready")
        assert ready.status_code == 503 and "is missing" in ready.json()["detail"]


def test_a_file_that_hangs_is_reported_and_the_process_still_ends(tmp_path: Path) -> None:
    """With a file in force, and if the first check hangs: the service still answers, and SIGTERM ends it."""
    recs = tmp_path / "recs"
    write_bank(recs, small_bank())
    consent(recs, *AGREED)
    for before in (("personal", None), ("none", "consent_unavailable")):
        with running(recs, tmp_path, CONSENT="required", CONSENT_GRACE="0") as server:
            assert sources(server)[0] == before
            with hanging(recs / "consent.parquet"):
                server.wait_for(lambda server=server: shown(server) == 1, seconds=15)
                assert sources(server)[0] == ("none", "consent_unavailable")
                server.process.terminate()
                assert server.process.wait(10) is not None


def test_the_sql_of_the_document_makes_a_file_that_the_command_takes(tmp_path: Path) -> None:
    import duckdb

    sql = (ROOT / "docs/consent.md").read_text().split("```sql")[1].split("```")[0]
    database = duckdb.connect()
    columns = "customer_id BIGINT, channel TEXT, answer TEXT, stated_at TIMESTAMP"
    database.execute(f"CREATE TABLE consent_statements({columns})")
    database.execute("INSERT INTO consent_statements VALUES (7, 'SMS', 'yes', '2024-05-01'), (7, 'SMS', 'no', now())")
    database.execute(sql.replace("consent_export.parquet", str(tmp_path / "export.parquet")))
    command = [sys.executable, "-m", "bankrec", "consent", "--recs", str(tmp_path), "--input"]
    done = subprocess.run([*command, str(tmp_path / "export.parquet")], cwd=ROOT, capture_output=True, text=True)
    assert "1 customers, 1 rows; channels: sms (0 allowed)" in done.stdout, done
