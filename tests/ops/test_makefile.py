"""The Makefile stops before it does harm: in a folder that has the Makefile alone, so that nothing can be installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, also where the tests are run by a target of make."""
    shutil.copy(ROOT / "Makefile", folder)
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, timeout=30, check=False)


def test_publish_makes_no_data(tmp_path: Path) -> None:
    """A simulated bank must not reach a folder of sets that serves real customers."""
    for bank, clean in (((), "data/preprocessed_data.parquet"), (("BANK=bank",), "bank/data/snapshots")):
        done = make(tmp_path, "publish", *bank)
        assert done.returncode == 2
        assert f"{clean} is missing" in done.stdout + done.stderr and "docs/operations.md" in done.stdout + done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


def test_publish_leaves_clean_data_as_it_is(tmp_path: Path) -> None:
    """Also where the raw data it was made from is not there: cleaning a simulated bank would replace it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/preprocessed_data.parquet").touch()
    (tmp_path / "requirements.txt").touch()
    done = make(tmp_path, "--dry-run", "publish")
    assert done.returncode == 0, done.stderr
    assert "bankrec recommend" in done.stdout
    assert "download_dataset.py" not in done.stdout and "bankrec.notebooks" not in done.stdout


@pytest.mark.parametrize("port", ["taken", "abc", "0", "70000", ""])
def test_run_looks_at_the_port_before_the_minutes_of_training(tmp_path: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = str(other.getsockname()[1]) if port == "taken" else port
        done = make(tmp_path, "run", f"PORT={number}")
    assert done.returncode == 2
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"PORT={number} can't be used") and "make run PORT=" in first, done
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


def test_run_says_how_long_the_first_one_takes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    done = make(tmp_path, "run", f"PORT={free}")  # ends at once: there is no requirements.txt
    assert done.returncode == 2 and "minutes on two cores" in done.stdout
    (tmp_path / "services/recs/current").mkdir(parents=True)
    (tmp_path / "services/recs/current/manifest.json").touch()
    assert "minutes on two cores" not in make(tmp_path, "run", f"PORT={free}").stdout
