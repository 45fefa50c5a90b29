"""Stages: run each step of a job once, show its time, rate and memory, and continue where a killed run stopped.

A finished stage leaves its key in `<workdir>/stages.json`: a hash of its inputs, its settings and the
code of this package. The next run of the same job skips it while its output exists.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

import bankrec
from bankrec.errors import InputError
from bankrec.storage.atomic import write_json

_LOG = "stages.json"
PACKAGE = Path(bankrec.__file__).parent
# Temporary files of the stages beside their outputs: of cleaning, atomic writes and DuckDB's spill.
LEFTOVERS = (".cleaning-*", ".*.writing-*", "bankrec-duckdb-*")


@contextmanager
def only_one(workdir: Path) -> Iterator[None]:
    """Hold `workdir` for this process; a second run on it is an `InputError`.

    Incomplete files of a killed run are removed, as no other run can use the folder.
    """
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        lock = (workdir / ".lock").open("w")
    except OSError as error:
        raise InputError(f"can't write to {workdir}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run works in {workdir}: wait for it or use another folder") from None
        for left in (path for pattern in LEFTOVERS for path in workdir.glob(pattern)):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def code_version(package: Path = PACKAGE) -> str:
    """16 digits that change with the code and the data files of this package, in all of its folders."""
    digest = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(f"{path.relative_to(package)} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def file_state(path: Path) -> list[Any]:
    """What identifies a file or folder as unchanged: name, sizes, times of change."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files if file.is_file()]


class MemoryPeak:
    """Highest resident memory of this process and its children while the `with` block runs, in bytes."""

    def __init__(self, every: float = 0.2) -> None:
        self.bytes = 0
        self._every, self._stop = every, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryPeak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while True:
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.bytes = max(self.bytes, total)
            if self._stop.wait(self._every):
                return


@dataclass
class Spent:
    """Time and memory of a stage, known when it has ended; `rows` that it made, where they are counted."""

    stage: str
    seconds: float = 0.0
    peak_bytes: int = 0
    rows: int = 0


@contextmanager
def measured(stage: str) -> Iterator[Spent]:
    """Measure the seconds and the peak memory of the `with` block."""
    spent, started = Spent(stage), time.perf_counter()
    with MemoryPeak() as peak:
        yield spent
    spent.seconds, spent.peak_bytes = time.perf_counter() - started, peak.bytes


@dataclass
class Stages:
    """The stages of one job in `workdir`; `report` lists time, rows a second and peak memory of each."""

    workdir: Path
    force: bool = False
    done: list[Spent] = field(default_factory=list)

    def run(self, name: str, inputs: Any, output: Path, work: Callable[[], int]) -> None:
        """Run `work`, which writes `output` and returns its number of rows, unless it is done already.

        `inputs`, any value that JSON can hold, must identify the output together with the code.
        """
        key = hashlib.sha256(json.dumps([name, inputs, code_version()], default=str).encode()).hexdigest()
        finished = self._finished()
        if not self.force and output.exists() and finished.get(name, {}).get("key") == key:
            self._tell(f"{name}: done before, {output} is reused")
            self.done.append(Spent(name, rows=finished[name]["rows"]))
            return
        self._tell(f"{name} ...")
        with measured(name) as spent:
            spent.rows = work()
        self.done.append(spent)
        self._tell(f"{name}: {spent.rows:,} rows in {spent.seconds:.1f} s -> {output}")
        done = {"key": key, "rows": spent.rows, "seconds": spent.seconds, "peak_bytes": spent.peak_bytes}
        write_json(self.workdir / _LOG, {**finished, name: done})

    def report(self) -> str:
        """A table: stage, seconds, rows, rows a second, peak memory in MB."""
        lines = [f"{'stage':<12} {'seconds':>8} {'rows':>12} {'rows/s':>10} {'peak MB':>8}"]
        for of in self.done:
            rate = of.rows / of.seconds if of.seconds else 0
            lines.append(
                f"{of.stage:<12} {of.seconds:>8.1f} {of.rows:>12,} {rate:>10,.0f} {of.peak_bytes / 1e6:>8,.0f}"
            )
        lines.append(f"{'all':<12} {sum(of.seconds for of in self.done):>8.1f}")
        return "\n".join(lines)

    def spent(self) -> list[Spent]:
        """Time and memory of each stage that this run has executed, without those it skipped."""
        return [of for of in self.done if of.seconds]

    def _finished(self) -> dict[str, Any]:
        try:
            finished = json.loads((self.workdir / _LOG).read_text())
        except (OSError, ValueError):
            return {}
        return finished if isinstance(finished, dict) else {}

    @staticmethod
    def _tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)
