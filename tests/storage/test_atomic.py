import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from killed_writer import killed_everywhere

from bankrec.errors import InputError
from bankrec.storage.atomic import remove_leftovers, replacing, settled


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "a.txt"
    for text in ("old", "new"):
        with replacing(target) as beside:
            beside.write_text(text)
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing(target) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    for name in ("old", "new"):
        with replacing(target) as beside:
            beside.mkdir()
            (beside / name).touch()
    assert [path.name for path in target.iterdir()] == ["new"]


_FULL_DISK = """
import os
import resource, signal, sys
from pathlib import Path
from bankrec.storage.atomic import remove_leftovers, replacing, settled
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with replacing(Path(sys.argv[1])) as beside:
    beside.write_bytes(b"x" * 5000)
"""


def test_a_file_that_can_not_grow_is_one_clear_error(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE is not None
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", _FULL_DISK, str(target)], capture_output=True, text=True, check=False)
    assert "InputError: could not write" in done.stderr, done.stderr
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_can_not_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="could not write"), replacing(tmp_path / "file" / "a") as beside:
        beside.touch()


_REPLACED = """
from pathlib import Path
from bankrec.storage.atomic import remove_leftovers, replacing, settled
#---
with replacing(Path("model")) as beside:
    beside.mkdir()
    for name in ("one", "two"):
        (beside / name).write_text("new")
"""


def test_a_kill_anywhere_leaves_the_old_folder_or_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "start" / "model").mkdir(parents=True)
    for name in ("one", "two"):
        (tmp_path / "start" / "model" / name).write_text("old")
    calls = killed_everywhere(tmp_path, _REPLACED)
    assert len([call for call in calls if call.startswith("os.rename")]) == 3, calls
    states = []
    for n in range(len(calls) + 1):
        model = settled(tmp_path / str(n) / "model")
        states.append({path.name: path.read_text() for path in model.iterdir()})
    old, new = {"one": "old", "two": "old"}, {"one": "new", "two": "new"}
    first = states.index(new)
    assert states == [old] * first + [new] * (len(states) - first), list(zip(calls, states, strict=False))
    assert 0 < first < len(states) - 1
    for n in range(len(states)):  # the next write succeeds from whatever was left, and clears it away
        with replacing(tmp_path / str(n) / "model") as beside:
            beside.mkdir()
        assert [path.name for path in (tmp_path / str(n)).iterdir()] == ["model"], calls[n]
        assert list((tmp_path / str(n) / "model").iterdir()) == []


_WRITER = """
import sys
from pathlib import Path
from bankrec.storage.atomic import replacing
for _ in range(300):
    with replacing(Path(sys.argv[1])) as beside:
        beside.mkdir()
        for name in ("one", "two"):
            (beside / name).touch()
"""


def test_a_folder_may_be_read_while_it_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with replacing(target) as beside:
        beside.mkdir()
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(target)], stderr=subprocess.PIPE, text=True)
    while writer.poll() is None:
        settled(target)
    assert writer.returncode == 0, writer.communicate()[1]
    assert sorted(path.name for path in target.iterdir()) == ["one", "two"]


def test_what_a_killed_process_of_the_same_number_left_is_no_obstacle(tmp_path: Path) -> None:
    """As in containers, where each process has the number of the one before."""
    left = tmp_path / f".model.writing-{os.getpid()}"
    left.mkdir()
    (left / "half").touch()
    with replacing(tmp_path / "model") as beside:
        beside.mkdir()
    assert list((tmp_path / "model").iterdir()) == []


def test_leftovers_of_the_living_stay(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = [f".model.writing-{gone.pid}", ".model.writing-x", f".model.writing-{os.getppid()}", ".other.writing-0x"]
    for name in names:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, "model")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[2:])
