import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bankrec.atomic import replacing
from bankrec.errors import InputError


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
import resource, signal, sys
from pathlib import Path
from bankrec.atomic import replacing
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
