"""A run that is killed, doubled, or out of disk: for real, with processes and a small disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bankrec.publishing import sets
from bankrec.publishing.verification import problems
from bankrec.storage.checkpoints import LEFTOVERS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # a whole training


def command(source: Path, workdir: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "bankrec", "run", "--input", str(source), "--workdir", str(workdir), *more]


def started(source: Path, workdir: Path, until: str) -> subprocess.Popen[str]:
    """A run, seen to be in the stage `until`."""
    process = subprocess.Popen(command(source, workdir), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"{until} ..."):
            return process
    raise AssertionError(f"the run ended before {until}")


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def resumed(small_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workdir whose run was killed in cleaning, killed in training, and then ended; and the last output."""
    source, workdir = small_bank / "raw.csv", tmp_path_factory.mktemp("resumed")
    killed(started(source, workdir, "preprocess"))
    assert not (workdir / "preprocessed_data.parquet").exists(), "nothing half-written in place"
    killed(started(source, workdir, "train"))
    assert list(log(workdir)) == ["preprocess", "histories"]
    again = subprocess.run(command(source, workdir), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    return workdir, again.stderr


def log(workdir: Path) -> dict[str, dict[str, object]]:
    stages: dict[str, dict[str, object]] = json.loads((workdir / "stages.json").read_text(encoding="utf-8"))
    return stages


def test_a_killed_run_goes_on_from_its_last_finished_stage(resumed: tuple[Path, str]) -> None:
    workdir, output = resumed
    reused = [line.split(":")[0] for line in output.splitlines() if line.endswith("is reused")]
    assert reused == ["preprocess", "histories"]
    folder = sets.current(workdir / "recs")
    assert folder is not None and problems(folder) == []
    assert [path.name for pattern in LEFTOVERS for path in workdir.glob(pattern)] == []


def test_a_second_run_on_the_same_folder_says_that_there_is_one(small_bank: Path, tmp_path: Path) -> None:
    first = started(small_bank / "raw.csv", tmp_path, "preprocess")
    try:
        second = subprocess.run(command(small_bank / "raw.csv", tmp_path), capture_output=True, text=True)
    finally:
        killed(first)
    assert second.returncode == 2
    assert f"another run works in {tmp_path}" in second.stderr and "Traceback" not in second.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 48 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can't be mounted here: needs root and Linux")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, *, leave: int) -> Path:
    """A file that takes all of the disk but `leave` bytes."""
    room = os.statvfs(disk)
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    return filler


@pytest.mark.parametrize(("stage", "leave"), [("preprocess", 300_000), ("histories", 60_000), ("publish", 150_000)])
def test_a_full_disk_ends_with_a_clear_line_and_what_stood_there_stays(
    small_bank: Path, resumed: tuple[Path, str], small_disk: Path, stage: str, leave: int
) -> None:
    source, workdir = small_bank / "raw.csv", small_disk / "work"
    shutil.copytree(resumed[0], workdir, symlinks=True)
    before = {path: path.read_bytes() for path in workdir.rglob("*.parquet")}
    finished = log(workdir)
    finished[stage]["key"] = "of other data"  # so that the stage runs again
    (workdir / "stages.json").write_text(json.dumps(finished), encoding="utf-8")
    filler = fill(small_disk, leave=leave)
    full = subprocess.run(command(source, workdir), capture_output=True, text=True)
    assert full.returncode == 2, full.stderr
    last = full.stderr.strip().splitlines()[-1]
    assert "could not write" in last and "no space left" in last.lower(), last
    assert "Traceback" not in full.stderr
    assert {path: path.read_bytes() for path in workdir.rglob("*.parquet")} == before
    folder = sets.current(workdir / "recs")
    assert folder is not None and problems(folder) == []
    filler.unlink()
    if stage == "publish":  # the others would train again
        assert subprocess.run(command(source, workdir), capture_output=True).returncode == 0
