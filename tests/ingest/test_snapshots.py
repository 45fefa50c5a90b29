"""Clean snapshots against a bank's description: what is wrong is a line each, what is merely odd a note."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from descriptions import small

from bankrec.bank.description import Bank
from bankrec.errors import InputError
from bankrec.ingest.snapshots import Findings, check_snapshots, look_at

MONTHS = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31))
BANK = small()


def rows(months: tuple[date, ...] = MONTHS, customers: int = 4) -> dict[str, list[Any]]:
    """Columns of a small bank's snapshots: each customer in each month."""
    n = len(months) * customers
    return {
        "customer": [who for _ in months for who in range(1, customers + 1)],
        "month": [month for month in months for _ in range(customers)],
        "account": [1] * n,
        "card": [at % 2 for at in range(n)],
        "loan": [int(at % 4 == 0) for at in range(n)],
        "tier": ["A", "B", "A", None] * len(months),
        "app_use": [at % 2 for at in range(n)],
        "age": [17, 30, 45, 80] * len(months),
        "branch": ["north", "south"] * (n // 2),
        "joined": [date(2020, 5, 1)] * n,
    }


def written(folder: Path, columns: dict[str, Any], name: str = "data.parquet") -> Path:
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def checked(folder: Path, bank: Bank = BANK, **columns: Any) -> Findings:
    """The findings where some columns differ from those of `rows`; one that is None is left out."""
    changed = {name: values for name, values in {**rows(), **columns}.items() if values is not None}
    return look_at(bank, written(folder, changed))


def test_snapshots_as_described_have_no_problems(tmp_path: Path) -> None:
    seen = checked(tmp_path)
    assert (seen.problems, seen.notes) == ([], [])
    assert seen.rows == {date(2024, 1, 1): 4, date(2024, 2, 1): 4, date(2024, 3, 1): 4}
    assert seen.held == {"account": 1.0, "card": 0.5, "loan": 0.25}
    check_snapshots(BANK, tmp_path / "data.parquet")


def cell(name: str, at: int, value: Any) -> list[Any]:
    """A column of `rows` with one other value."""
    values = rows()[name]
    values[at] = value
    return values


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"card": None}, "has no column card (a product): add it, or remove it from the description"),
        ({"app_use": None, "app_used": [1] * 12}, "has no column app_use (state app): is it app_used?"),
        ({"customer": [str(who) for who in rows()["customer"]]}, "customer (the customer) must be an integer, it is s"),
        ({"month": [str(day) for day in rows()["month"]]}, "must be a date or timestamp, it is string: write CAST(mon"),
        ({"card": [0.0, 1.0] * 6}, "card (a product) must be an integer or a boolean, it is double: write CAST(card A"),
        ({"age": ["old"] * 12}, "age (profile column age) must be a number, it is string: write CAST(age AS DOUBLE)"),
        ({"branch": [1] * 12}, "branch (profile column branch) must be text, as the values of the description, it is "),
        ({"app_use": ["S", "N"] * 6}, "app_use (state app) must be an integer or a boolean, it is string: write CAST("),
        ({"joined": [2020] * 12}, "joined (profile column tenure) must be a date or timestamp, it is int64"),
        ({"month": cell("month", 0, None)}, ": month is null in 1 row: every row needs its snapshot date"),
        ({"customer": cell("customer", 0, None)}, ": customer is null in 1 row: every row needs its customer"),
        ({"customer": cell("customer", 0, -5)}, ": customer is below 0 or above 2**53 in 1 row: give these customers"),
        (rows(MONTHS[:1] + MONTHS[2:]), ": there is no month between 2024-01 and 2024-03: add it, or remove the mont"),
        ({"month": cell("month", 5, date(2024, 2, 3))}, "2024-02 has 2 snapshot dates (2024-02-03, 2024-02-29): keep "),
        ({"customer": cell("customer", 5, 1)}, "customer 1 has 2 rows in 2024-02 (1 row too many in all): keep one ro"),
        ({"card": cell("card", 3, 2)}, ": product card is neither 0, 1 nor null in 1 row: 2 (1 row); write 1 where it"),
        ({"age": cell("age", 0, -1)}, ": age is below 0 in 1 row: make it null where it is not known"),
        ({"branch": ["North", "west"] * 6}, "branch has none of the values of branch: correct them; the file has Nort"),
    ],
)  # fmt: skip
def test_a_problem_is_one_line_with_its_place_and_what_to_do(
    tmp_path: Path, columns: dict[str, Any], expected: str
) -> None:
    problems = checked(tmp_path, **columns).problems
    assert len(problems) == 1 and expected in problems[0], problems
    assert problems[0].startswith(str(tmp_path / "data.parquet"))
    with pytest.raises(InputError) as raised:
        check_snapshots(BANK, tmp_path / "data.parquet")
    assert str(raised.value) == problems[0] and len(problems[0].splitlines()) == 1


def test_nulls_where_there_are_never_any(tmp_path: Path) -> None:
    bank = small(("profile.0.missing", "never"))
    assert (
        checked(tmp_path, bank, age=cell("age", 0, None))
        .problems[0]
        .endswith(': age is null in 1 row, but missing = "never": fill it, or write missing = "unknown"')
    )
    assert checked(tmp_path, age=cell("age", 0, None)).problems == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (rows(MONTHS[:1]), ["there is a single month, 2024-01: training needs the month before it too"]),
        ({"card": cell("card", 0, None)}, ["some products are null and others are not in 1 row: their holdings count"]),
        (
            {name: cell(name, 1, None) for name in BANK.ids},
            ["all products are null in 1 row: holdings of these customers and months are not known"],
        ),
        ({"loan": [0] * 12}, ["no customer holds product loan"]),
        ({"tier": cell("tier", 0, "C")}, ["tier has values that tier does not name, read as UNKNOWN: C (1 row)"]),
        ({"branch": cell("branch", 0, "x")}, ["branch has values that branch does not name, read as unknown: x (1 ro"]),
        ({"app_use": [0, 2] * 6}, ["app_use is never 1, the yes of app: the file has 0 (6 rows), 2 (6 rows)"]),
        ({"age": cell("age", 0, 130)}, ["age is above 120 in 1 row, which count as 120"]),
        ({"joined": cell("joined", 0, date(2024, 6, 1))}, ["joined is after the snapshot date in 1 row"]),
        ({"income": [1.0] * 12, "Zone": [2] * 12}, ["columns that the description does not name are not read: income"]),
    ],
)  # fmt: skip
def test_what_is_read_but_odd_is_a_note(tmp_path: Path, columns: dict[str, Any], expected: list[str]) -> None:
    seen = checked(tmp_path, **columns)
    assert seen.problems == []
    assert [note[: len(line)] for note, line in zip(seen.notes, expected, strict=True)] == expected


def test_other_spellings_of_the_same(tmp_path: Path) -> None:
    """Booleans, timestamps, codes of a dictionary, numbers for categories."""
    bank = small(("states.0.values", [1, 2]), ("profile.0.missing", "never"))
    seen = checked(
        tmp_path,
        bank,
        account=[True] * 12,
        app_use=[True, False] * 6,
        month=[datetime(day.year, day.month, day.day) for day in rows()["month"]],
        tier=[1, 2] * 6,
        branch=pa.array(["north", "south"] * 6).dictionary_encode(),
        age=[18.5] * 12,
    )
    assert (seen.problems, seen.notes) == ([], [])


def test_values_that_count_as_another_or_as_other_are_declared(tmp_path: Path) -> None:
    bank = small(("states.0.same_as", {"C": "A"}), ("states.0.other", "none"))
    seen = checked(tmp_path, bank, tier=["A", "C", "none"] * 4)
    assert (seen.problems, seen.notes) == ([], [])


def test_a_folder_of_files_is_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "months"
    (folder / "later").mkdir(parents=True)
    written(folder, rows(MONTHS[:1]), "1.parquet")
    written(folder / "later", rows(MONTHS[1:]), "2.parquet")
    assert sum(look_at(BANK, folder).rows.values()) == 12
    written(folder, {name: values for name, values in rows(MONTHS[2:]).items() if name != "age"}, "3.parquet")
    assert look_at(BANK, folder).problems == [
        f"{folder / '3.parquet'} has no column age (profile column age): add it, or remove it from the description"
    ]


def test_what_is_no_snapshot_at_all(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"none.parquet does not exist: clean snapshots are a parquet file, or a folder"
    ):
        check_snapshots(BANK, tmp_path / "none.parquet")
    with pytest.raises(InputError, match="is a folder without parquet files"):
        check_snapshots(BANK, tmp_path)
    (tmp_path / "text.parquet").write_text("customer,month\n")
    with pytest.raises(InputError, match=r"text.parquet is not a parquet file"):
        check_snapshots(BANK, tmp_path / "text.parquet")
    whole = pa.table(rows())
    pq.write_table(whole.slice(0, 0), tmp_path / "empty.parquet")
    with pytest.raises(InputError, match=r"empty.parquet has no rows: "):
        check_snapshots(BANK, tmp_path / "empty.parquet")
    content = (pq.write_table(whole, tmp_path / "cut.parquet"), (tmp_path / "cut.parquet").read_bytes())[1]
    (tmp_path / "cut.parquet").write_bytes(b"\0" * 900 + content[900:])
    with pytest.raises(InputError) as raised:
        check_snapshots(BANK, tmp_path / "cut.parquet")
    assert len(str(raised.value).splitlines()) == 1


def test_names_with_quotes_are_columns_as_others(tmp_path: Path) -> None:
    bank = small(("profile.1.column", 'the "branch"'), ("profile.1.values", ["O'Hara", "south"]))
    seen = checked(tmp_path, bank, branch=None, **{'the "branch"': ["O'Hara", "south"] * 6})
    assert (seen.problems, seen.notes) == ([], [])


def test_many_values_are_cut_short(tmp_path: Path) -> None:
    frame = pd.DataFrame(rows())
    frame["branch"] = ["north", *(f"branch {at}" for at in range(11))]
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "data.parquet")
    (note,) = look_at(BANK, tmp_path / "data.parquet").notes
    assert note.count("(1 row)") == 5 and note.endswith(" and more")
