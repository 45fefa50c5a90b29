"""Suppression lists: what a file may hold, and lists without the customers on it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.errors import InputError
from bankrec.rules import builtin, suppression
from bankrec.rules.suppression import read_suppressed, without
from tests.small_sets import ranked


def read(tmp_path: Path, content: bytes) -> list[int]:
    (tmp_path / "no.txt").write_bytes(content)
    return read_suppressed(tmp_path / "no.txt").tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suppressed")


def test_a_list_is_a_set_of_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf9\r\n 5\t\n\n007\n5") == [5, 7, 9]
    assert read(tmp_path, b"") == read(tmp_path, b" \n\r\n") == read_suppressed(None).tolist() == []
    assert read(tmp_path, f"3\n1\n3\n{LARGEST_CUSTOMER}".encode()) == [1, 3, LARGEST_CUSTOMER]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"1\n12x\n", 2),
        (b"1\n-5\n", 2),
        (b"1\n0x1F\n", 2),
        (b"1 2\n", 1),
        (b"1.0\n", 1),
        (b"ncodpers\n1\n", 1),
        ("1\n\n２\n".encode(), 3),  # wide digits
        ("1\n²\n".encode(), 2),
        ("1\n²\n".encode("latin-1"), 2),
        ("1\n2\n".encode("utf-16"), 1),
        ("1\n2\n".encode("utf-16-le"), 1),
        (b"1\n\x002\n", 2),
        (b"1\n" + b"9" * 1_000_000 + b"\n", 2),
        (b"1\n9007199254740993\n", 2),
        (b"1\n" + b"x" * 10_000_000, 2),
    ],
)
def test_what_is_no_id_is_one_line_with_its_number_and_the_remedy(tmp_path: Path, content: bytes, line: int) -> None:
    with pytest.raises(InputError, match=rf"no\.txt, line {line}: .* is not a customer id; write one number") as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400 and str(caught.value).isprintable()


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: Is a directory"):
        read_suppressed(tmp_path)


anything = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(str.encode),
    st.text(st.sampled_from("0123456789\n\r\t ,x-\0²２"), max_size=60).map(str.encode),
    st.lists(st.integers(0, 2**60)).map(lambda ids: "\n".join(map(str, ids)).encode("utf-16")),
)


@given(anything)
@example(b"\x1c1")
@example(b"1\x0c")
@example(b"1\x85")
def test_any_bytes_are_read_as_they_say_or_refused_in_one_line(folder: Path, content: bytes) -> None:
    lines = [line.strip(b" \t\r") for line in content.split(b"\n")]
    good = all(re.fullmatch(rb"[0-9]{0,16}", line) and int(line or b"0") <= LARGEST_CUSTOMER for line in lines)
    try:
        ids = read(folder, content)
    except InputError as error:
        assert str(error).isprintable() and ", line " in str(error)
        assert not good
    else:
        assert ids == sorted({int(line) for line in lines if line})


def test_lists_lose_whom_they_name() -> None:
    after = without(ranked([1, 5, 9]), np.array([5, 7, 10**12]))
    assert after.status.tolist() == ["ok", "suppressed", "ok"] and (after.items[1] == -1).all()
    assert after.removed["suppressed"] == 2
    assert without(ranked([1]), np.zeros(0, np.int64)).status.tolist() == ["ok"]


_LARGE = """
import resource, sys, time
from pathlib import Path
import numpy as np
from bankrec.lookup import locate
from bankrec.rules.suppression import read_suppressed
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
listed = read_suppressed(Path(sys.argv[1]))
read = time.process_time()
for _ in range(100):
    assert locate(listed, np.arange(10_000))[1].any()
peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(len(listed), read - started, time.process_time() - read, peak)
"""


def test_two_million_lines_take_a_second_and_little_memory(tmp_path: Path) -> None:
    """A fifth of what a large bank may have: ten million lines took 2.3 s of the processor and 400 MB."""
    ids = np.random.default_rng(0).permutation(np.arange(10_000_000, dtype=np.int64))[:2_000_000]
    path = tmp_path / "no.txt"
    path.write_text("\n".join(map(str, ids.tolist())))
    command = [sys.executable, "-c", _LARGE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2])
    assert done.returncode == 0, done.stderr
    count, reading, looking, peak = map(float, done.stdout.split())
    assert count == 2_000_000
    assert reading < 5 and looking < 5, "seconds of the processor"
    assert peak < 200, "MB"


def test_the_suppression_list_is_counted_as_a_rule(batch) -> None:
    history, tables = batch
    asked = np.array([history.user_id[3], 999_999])
    added = np.array([0, 0, 0, 1 << 3 | 1 << 4], dtype=np.uint64)
    cost = builtin.cost(history, tables, added, (*builtin.RULES, *suppression.as_rules(asked)))["suppressed"]
    before = builtin.apply(history, tables)[0]
    assert (cost.candidates_removed, cost.acquisitions_lost) == (int((~before[3]).sum()), 2)
    assert suppression.as_rules(np.zeros(0, np.int64)) == ()
