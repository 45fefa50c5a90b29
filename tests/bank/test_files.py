"""Reading `bank.toml`: a bank, or one line that says what is wrong and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from bankrec.bank.files import SANTANDER, all_mistakes, read_bank, santander
from bankrec.errors import InputError

GOOD = """
name = "two"
currency = "GBP"
languages = ["en"]
customer = "member"
month = "month"

[[products]]
id = "savings"
names = { en = "Savings" }
group = "savings"

[[products]]
id = "loan"
names = { en = "Loan" }
group = "credit"
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "bank.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_path_it_is_santander() -> None:
    assert read_bank() is santander() and read_bank(SANTANDER) == santander()


def test_a_small_file_is_a_bank(tmp_path: Path) -> None:
    bank = read_bank(written(tmp_path, GOOD))
    assert (bank.name, bank.ids, bank.segments) == ("two", ("savings", "loan"), ("",))
    assert read_bank(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())) == bank, "with a byte order mark"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'name = "\xff"', r"bank.toml is not UTF-8 \(invalid start byte at byte 8\): save the file as UTF-8"),
        (
            b"name = two",
            r"bank.toml is not TOML: Invalid value \(at line 1, column 8\); `python -m bankrec bank new` wr",
        ),
        (b"x = " + b"[" * 3000, "bank.toml is not TOML: "),
        (
            b"",
            r"bank.toml: name is missing \(short name, in sets and files\) \(5 more: `python -m bankrec bank check` l",
        ),
    ],
)
def test_what_is_no_description_is_one_line(tmp_path: Path, text: bytes, expected: str) -> None:
    with pytest.raises(InputError, match=expected) as raised:
        read_bank(written(tmp_path, text))
    assert len(str(raised.value).splitlines()) == 1


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^--bank .*none.toml: No such file or directory$"):
        read_bank(tmp_path / "none.toml")
    with pytest.raises(InputError, match="Is a directory"):
        read_bank(tmp_path)


def test_all_mistakes_are_listed_a_line_each(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace('"GBP"', '"pounds"').replace("group", "kind_of"))
    assert [line.removeprefix(f"{path}: ").split(":")[0] for line in all_mistakes(path)] == [
        "currency",
        "products 1 (savings)",
        "products 1 (savings)",
        "products 2 (loan)",
        "products 2 (loan)",
    ]
    assert all_mistakes(written(tmp_path, GOOD)) == []
