"""Settings: a wrong one stops the start and is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serving.settings import Settings
from tests.services.conftest import SERVICES, free_port


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [({"audit_log": "audit"}, "AUDIT_KEY"), ({"audit_log": "no/such/folder/audit", "audit_key": "k"}, "AUDIT_LOG")],
)
def test_an_audit_log_needs_its_key_and_a_folder(settings: dict[str, Any], wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=wrong):
        Settings(**{**settings, "audit_log": tmp_path / settings["audit_log"]})


def test_the_console_is_behind_a_key() -> None:
    with pytest.raises(ValueError, match=r"CONSOLE=1 needs API_KEY"):
        Settings(console=True)
    assert Settings(console=True, api_key="k").console
    assert Settings(console=True, demo=True, api_key="k").demo


def test_an_audit_log_that_may_not_be_written_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)  # tests may run as root, who may write all
    with pytest.raises(ValueError, match=f"this process has no permission to write to {tmp_path}"):
        Settings(audit_log=tmp_path / "audit", audit_key="k")


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
    assert done.returncode == 3
    assert "AUDIT_LOG must be a file in an existing folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty values, as compose passes those that `.env` leaves empty."""
    for name in ("API_KEY", "AUDIT_LOG", "AUDIT_KEY", "AUDIT_DAYS", "DEMO", "PORT"):
        monkeypatch.setenv(name, "")
    assert Settings() == Settings.model_construct(
        **{name: field.default for name, field in Settings.model_fields.items()}
    )


def test_a_wrong_setting_is_named(recs: Path) -> None:
    done = subprocess.run(
        [sys.executable, "recommendation_service.py"], cwd=SERVICES, env={**os.environ, "PORT": "many"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("PORT: ") and done.stderr.count("\n") == 1, done.stderr
