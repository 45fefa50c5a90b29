"""The Makefile stops before it does harm: in a folder that has the Makefile alone, so that nothing can be installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, timeout=30, check=False)


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
