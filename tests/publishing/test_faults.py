"""Every file of a set, and of the folder of sets, harmed in every way: each command goes on with what is whole,
or ends with one line and changes nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bankrec.cli import main
from bankrec.errors import InputError
from bankrec.publishing import sets, switching
from bankrec.publishing.listing import table
from bankrec.publishing.reader import read_lists
from bankrec.publishing.verification import problems
from bankrec.publishing.writer import publish
from bankrec.storage.atomic import remove
from serving.observability.monitoring import Monitoring
from serving.watcher import Watcher
from tests.santander import BANK, IDS
from tests.small_sets import ABOUT, NOW, POPULAR, ranked

NOBODY = 65534
OF_A_SET = (*sets.FILES, sets.SUMMARY, sets.MANIFEST)
OF_RECS = ("realised.json", sets.CURRENT)
OLD, BEFORE, NOW_IN_USE = (f"2016-05-28_2016060{day}T120000000000Z" for day in (1, 2, 3))
TRUTH = f"ncodpers,product\n1,{IDS[23]}\n"
COPIES = count()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that anybody may enter: `recs` with three sets and what `evaluate` wrote, `truth.csv`."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    for day in range(3):
        publish(folder / "recs", BANK, [ranked([1, 5, 9])], POPULAR, ABOUT, now=NOW + timedelta(days=day))
    (folder / "truth.csv").write_text(TRUTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)  # where MLflow puts its files
        assert main(["evaluate", "--recs", str(folder / "recs"), "--truth", str(folder / "truth.csv")]) == 0
    opened(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def no_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each set that is loaded the service collects garbage: with all that tests import, for half a second."""
    monkeypatch.setattr("serving.watcher.give_memory_back", lambda: None)


def opened(folder: Path) -> None:
    """Give a folder and all in it to whom the commands run as."""
    for path in (folder, *folder.rglob("*")):
        if os.getuid() == 0:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    folder.chmod(0o755)


@pytest.fixture
def copied(whole: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Fresh copies of `recs`."""
    monkeypatch.chdir(whole)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{whole / 'mlflow.db'}")

    def copy() -> Path:
        folder = whole / f"copy{next(COPIES)}"
        shutil.copytree(whole / "recs", folder, symlinks=True)
        return folder

    return copy


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom the modes of files bind."""
    if os.geteuid():
        yield
        return
    try:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
    except OSError:
        pytest.skip("NOT TESTED: this root can't become another user")
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.unlink()
    path.touch()


def cut(path: Path) -> None:
    if path.is_symlink():
        target = str(path.readlink())
        path.unlink()
        path.symlink_to(target[: len(target) // 2])
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


def flipped(path: Path) -> None:
    if path.is_symlink():
        target = str(path.readlink())
        path.unlink()
        path.symlink_to(target[:-1] + chr(ord(target[-1]) ^ 1))
    else:
        content = bytearray(path.read_bytes())
        covered = path.name in sets.FILES  # by a hash; of others the first byte, so that they are no JSON
        content[len(content) // 2 if covered else 0] ^= 1
        path.write_bytes(content)


def unreadable(path: Path) -> None:
    path.chmod(0)  # of what `current` points to, as a link has no mode


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


HARMS = (missing, empty, cut, flipped, unreadable, folder)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """Run a command; its exit code and output. An error is one line."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    if code == 2:
        assert err.startswith(f"bankrec {arguments[0]}: ") and err.count("\n") == 1, err
    else:
        assert code in (0, 1), code
    return code, out + err


def in_use(recs: Path) -> str:
    link = recs / sets.CURRENT
    return str(link.readlink()) if link.is_symlink() else ""


class Service:
    """The loading half of the service: what watches `recs` and holds the set in use, without its HTTP server."""

    def __init__(self, recs: Path) -> None:
        self._registry = CollectorRegistry()
        self._watcher = Watcher(recs, Monitoring(self._registry, "test"), 5)
        self.refused: str | None = None

    def look(self) -> str:
        """Look once, as it does on starting and every few seconds; the set that answers now, or nothing."""

        async def once() -> None:
            await self._watcher.start()
            await self._watcher.loop.stop()

        asyncio.run(once())
        generate_latest(self._registry)
        self.refused = self._watcher.refused
        current = self._watcher.current
        return current.set_id if current is not None and current.find(1).bits else ""


def check_switched(recs: Path, before: str, code: int) -> None:
    """After a command that switches: on success what is in use is whole and served, else nothing has changed."""
    now = in_use(recs)
    if code:
        assert now == before
        return
    assert problems(recs / now) == []
    assert Service(recs).look() == now


def published(recs: Path, *, force: bool = False) -> int:
    """What `recommend` does with `recs`."""
    try:
        set_id, _ = publish(
            recs, BANK, [ranked([1, 5, 9])], POPULAR, ABOUT, now=NOW + timedelta(days=9), keep=2, force=force
        )
    except InputError as error:
        assert "\n" not in str(error)
        return 2
    assert in_use(recs) == set_id
    return 0


def harms(names: tuple[str, ...]) -> pytest.MarkDecorator:
    cases = [pytest.param(name, harm, id=f"{name} {harm.__name__}") for name in names for harm in HARMS]
    return pytest.mark.parametrize(("name", "harm"), cases)


def test_what_is_harmed_below_is_every_file_there_is(whole: Path) -> None:
    recs = whole / "recs"
    assert sorted(path.name for path in recs.iterdir()) == sorted([OLD, BEFORE, NOW_IN_USE, *OF_RECS])
    for set_id in (OLD, BEFORE, NOW_IN_USE):
        assert sorted(path.name for path in (recs / set_id).iterdir()) == sorted(OF_A_SET)


@harms(OF_A_SET)
def test_the_set_in_use_is_damaged(
    copied: Callable[[], Path], whole: Path, capsys: pytest.CaptureFixture[str], name: str, harm: Callable[[Path], None]
) -> None:
    def damaged() -> Path:
        recs = copied()
        harm(recs / NOW_IN_USE / name)
        opened(recs)
        return recs

    recs = damaged()
    with unprivileged():
        code, out = run(capsys, "sets", "--recs", recs)
        assert code == 0 and all(set_id in out for set_id in (OLD, BEFORE, NOW_IN_USE)), out
        code, out = run(capsys, "verify", "--recs", recs)
        assert code == 1 and f"{NOW_IN_USE} (in use): " in out and f"{BEFORE}: whole" in out, out
        assert name in out
        assert Service(recs).look() == ""
        code, _ = run(capsys, "evaluate", "--recs", recs, "--truth", whole / "truth.csv")
        assert code == 2
        assert run(capsys, "rollback", "--recs", recs, "--set", NOW_IN_USE)[0] == 2
        assert in_use(recs) == NOW_IN_USE
        assert run(capsys, "rollback", "--recs", recs)[0] == 0
        assert in_use(recs) == BEFORE
        check_switched(recs, NOW_IN_USE, 0)
        recs = damaged()
        assert run(capsys, "rollback", "--recs", recs, "--set", OLD)[0] == 0
        check_switched(recs, NOW_IN_USE, 0)
        recs = damaged()
        assert published(recs) == 0, "the set before is compared with"
        check_switched(recs, NOW_IN_USE, 0)
        kept = {path.name for path in sets.all_sets(recs)}
        assert len(kept - {NOW_IN_USE}) >= 1 and OLD not in kept


@harms(OF_A_SET)
def test_a_set_that_is_not_in_use_is_damaged(
    copied: Callable[[], Path], capsys: pytest.CaptureFixture[str], name: str, harm: Callable[[Path], None]
) -> None:
    def damaged() -> Path:
        recs = copied()
        harm(recs / BEFORE / name)
        opened(recs)
        return recs

    recs = damaged()
    with unprivileged():
        code, out = run(capsys, "sets", "--recs", recs)
        assert code == 0 and all(set_id in out for set_id in (OLD, BEFORE, NOW_IN_USE)), out
        code, out = run(capsys, "verify", "--recs", recs)
        assert code == 1 and f"{NOW_IN_USE} (in use): whole" in out and f"{BEFORE}: whole" not in out, out
        for asked in ((), ("--set", BEFORE)):
            code, out = run(capsys, "rollback", "--recs", recs, *asked)
            assert code == 2 and name in out and f"--set, are {OLD}" in out, out
            check_switched(recs, NOW_IN_USE, code)
        running = Service(recs)
        assert running.look() == NOW_IN_USE
        (recs / sets.CURRENT).unlink()
        (recs / sets.CURRENT).symlink_to(BEFORE)
        assert running.look() == NOW_IN_USE, "the last good one stays"
        assert running.refused
        switching.switch(recs, OLD)
        assert running.look() == OLD
        for force in (False, True):
            recs = damaged()
            assert published(recs, force=force) == 0
            check_switched(recs, NOW_IN_USE, 0)
            assert OLD not in {path.name for path in sets.all_sets(recs)}, "those to keep are counted as before"


@harms(OF_RECS)
def test_a_file_beside_the_sets_is_damaged(
    copied: Callable[[], Path], whole: Path, capsys: pytest.CaptureFixture[str], name: str, harm: Callable[[Path], None]
) -> None:
    def damaged() -> Path:
        recs = copied()
        opened(recs)
        harm(recs / name)
        if harm is folder:
            opened(recs)
        return recs

    recs = damaged()
    link_harmed = name == sets.CURRENT
    with unprivileged():
        assert run(capsys, "sets", "--recs", recs)[0] == 0
        assert run(capsys, "verify", "--recs", recs)[0] == int(link_harmed)
        assert Service(recs).look() == ("" if link_harmed else NOW_IN_USE)
        code, _ = run(capsys, "evaluate", "--recs", recs, "--truth", whole / "truth.csv")
        assert code == (2 if link_harmed or harm is folder else 0)
        for command in (["rollback", "--recs", recs], ["rollback", "--recs", recs, "--set", OLD]):
            recs = damaged()
            before = in_use(recs)
            code, _ = run(capsys, *command[:2], recs, *command[3:])
            check_switched(recs, before, code)
            assert link_harmed or code == 0
        recs = damaged()
        before = in_use(recs)
        code = published(recs)
        check_switched(recs, before, code)
        assert code == (2 if link_harmed and harm is folder else 0)


def test_the_running_service_keeps_the_last_good_set_while_current_is_harmed(copied: Callable[[], Path]) -> None:
    recs = copied()
    opened(recs)
    link = recs / sets.CURRENT
    running = Service(recs)
    assert running.look() == NOW_IN_USE
    for harm in HARMS:
        harm(link)
        with unprivileged():
            assert running.look() == NOW_IN_USE, harm.__name__
        (recs / NOW_IN_USE).chmod(0o755)
        remove(link)
        link.symlink_to(NOW_IN_USE)


def test_no_set_can_be_compared_with(copied: Callable[[], Path]) -> None:
    recs = copied()
    for manifest in recs.glob(f"*/{sets.MANIFEST}"):
        cut(manifest)
    with pytest.raises(InputError, match=r"a last set to compare with: .*manifest\.json .*--force overrides"):
        publish(recs, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=9))
    assert in_use(recs) == NOW_IN_USE and len(sets.all_sets(recs)) == 3
    assert published(recs, force=True) == 0
    check_switched(recs, "", 0)
    assert len(sets.all_sets(recs)) == 4, "what can't be read is not removed"


def test_any_byte_of_a_manifest_changed_what_verify_calls_whole_is_served(copied: Callable[[], Path]) -> None:
    """A manifest has no hash of its own: whatever a change makes of it, both sides must agree that it will do."""
    recs = copied()
    path = recs / NOW_IN_USE / sets.MANIFEST
    content, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    running = Service(recs)
    for at in rng.integers(0, len(content), 300).tolist():
        changed = bytearray(content)
        changed[at] ^= 1 << rng.integers(0, 7)
        path.write_bytes(changed)
        os.utime(path, ns=(at, len(content) * refused + at))
        running.look()
        if problems(recs / NOW_IN_USE):
            refused += 1
        else:
            assert running.refused is None, (running.refused, changed)
            read_lists(recs / NOW_IN_USE)
        table(recs)
    assert 40 < refused < 300


_AS_NOBODY = """
import os, sys
import locale, pandas
import bankrec.cli
from bankrec.jobs import arguments, rollback, verify
from bankrec.jobs import sets as kept
if "evaluate" in sys.argv:
    from bankrec.jobs import evaluate
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
sys.exit(bankrec.cli.main(sys.argv[2:]))
"""


def test_real_processes_of_another_user(whole: Path, copied: Callable[[], Path]) -> None:
    """They become another user when all is imported: Python itself may lie where only root reads."""
    if os.getuid():
        pytest.skip("NOT TESTED: only root can start a process as another user")
    recs = copied()
    opened(recs)
    (recs / BEFORE / sets.MANIFEST).chmod(0)
    (recs / NOW_IN_USE / sets.CUSTOMERS).chmod(0)
    commands = {
        "sets": (0, sets.MANIFEST),
        "verify": (1, sets.CUSTOMERS),
        "rollback": (2, sets.MANIFEST),
        "evaluate": (2, sets.CUSTOMERS),
    }
    started = {}
    for command in commands:
        arguments = [command, "--recs", str(recs)]
        if command == "evaluate":
            arguments += ["--truth", str(whole / "truth.csv")]
        started[command] = subprocess.Popen(
            [sys.executable, "-c", _AS_NOBODY, str(NOBODY), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
    for command, process in started.items():
        out, err = process.communicate(timeout=200)
        code, name = commands[command]
        assert (process.returncode, "Traceback" in err) == (code, False), out + err
        assert f"{name} can't be read: Permission denied" in out + err, out + err
        assert code != 2 or err.count("\n") == 1, err
    assert in_use(recs) == NOW_IN_USE
