"""A first description from the columns of a parquet: what is guessed, and that it is whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.bank.draft import customer_of, draft, month_of
from bankrec.bank.files import read_bank
from bankrec.errors import InputError
from bankrec.ingest.columns_seen import columns_seen
from bankrec.ingest.snapshots import look_at

CUSTOMERS = 60
MONTHS = (date(2024, 1, 31), date(2024, 2, 29))
N = CUSTOMERS * len(MONTHS)
COLUMNS: dict[str, Any] = {
    "Member No": [who for _ in MONTHS for who in range(1000, 1000 + CUSTOMERS)],
    "day": [month for month in MONTHS for _ in range(CUSTOMERS)],
    "since": [date(2010 + who % 12, 1 + who % 12, 1) for _ in MONTHS for who in range(CUSTOMERS)],
    "closed_on": [None] * N,
    "savings": [True, False] * (N // 2),
    "loan": [0, 1, None] * (N // 3),
    "crédit": [0, 1] * (N // 2),
    "Age": [18 + who % 50 for _ in MONTHS for who in range(CUSTOMERS)],
    "town": ["A", 'the "B"', "C"] * (N // 3),
    "rating": [1, 2, 3, 4] * (N // 4),
    "street": [f"street {at % 45}" for at in range(N)],
    "remark": [f"remark {at}" for at in range(N)],
    "balance": [float(at) * 10 for at in range(N)],
    "constant": ["x"] * N,
    "tags": [["a"]] * N,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    types = {"closed_on": pa.array([None] * N, pa.date32())}
    pq.write_table(pa.table({**COLUMNS, **types}), tmp_path / "our bank.parquet")
    return tmp_path / "our bank.parquet"


def guessed(data: Path) -> str:
    seen = columns_seen(data)
    return draft(data.stem, seen, customer_of(seen), month_of(seen, "day"), "./bank.schema.json")


def test_what_is_guessed_is_a_whole_description_that_fits_the_data(data: Path) -> None:
    path = data.with_name("bank.toml")
    path.write_text(guessed(data), encoding="utf-8")
    bank = read_bank(path)
    assert (bank.name, bank.title, bank.customer, bank.month) == ("our_bank", "our bank", "Member No", "day")
    assert bank.ids == ("savings", "loan")
    age = bank.with_role("age")
    assert age is not None and (age.name, age.column, age.by_month) == ("age", "Age", True)
    joined = bank.with_role("joined")
    assert joined is not None and joined.column == "since"
    kinds = {column.name: (column.kind, column.values, column.commonest) for column in bank.profile}
    assert kinds == {
        "since": ("date", (), None),
        "age": ("number", (), None),
        "cr_dit": ("flag", (), None),
        "town": ("category", ("A", "C", 'the "B"'), None),
        "rating": ("category", (1, 2, 3, 4), None),
        "street": ("category", (), 40),
        "balance": ("number", (), None),
    }
    findings = look_at(bank, data)
    assert findings.problems == []
    assert findings.notes[1:] == [
        "columns that the description does not name are not read: closed_on, remark, constant, tags"
    ]


def test_comments_say_what_to_decide(data: Path) -> None:
    text = guessed(data)
    assert text.startswith("#:schema ./bank.schema.json\n")
    for line in (
        '# "remark" is left out: it has',
        '# "closed_on" is left out: a date can only be the date of joining',
        '# "constant" is left out: it has a single value, or none',
        '# "tags" is left out: it is neither a number, a text, a date nor a flag',
        "# - is it a product?",
        "# segment = true",
        'currency = "EUR" # decide',
    ):
        assert line in text, line


def test_edges_of_bands_are_fifths(data: Path) -> None:
    (balance,) = (column for column in columns_seen(data) if column.name == "balance")
    assert balance.cuts == pytest.approx((238, 476, 714, 952), abs=20)


def test_columns_that_were_named_are_taken(data: Path) -> None:
    seen = columns_seen(data)
    assert customer_of(seen, "Age") == "Age" and month_of(seen, "since") == "since"
    assert month_of([column for column in seen if column.name != "closed_on"]) == "day"
    with pytest.raises(InputError, match=r"^--customer town: an integer column .* is needed; the data has Member No"):
        customer_of(seen, "town")
    with pytest.raises(
        InputError, match=r"^--month Age: a column of dates, one a month is needed; the data has day, since"
    ):
        month_of(seen, "Age")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Member No", "day", "town", "savings"], "fewer than two columns of 0 and 1"),
        (
            ["day", "savings", "loan"],
            "--customer: an integer column that distinguishes customers is needed, and the data",
        ),
        (["Member No", "savings", "loan"], "--month: a column of dates, one a month is needed, and the data has none"),
    ],
)
def test_data_without_what_is_needed_is_one_line(tmp_path: Path, columns: list[str], expected: str) -> None:
    path = tmp_path / "some.parquet"
    pq.write_table(pa.table({name: COLUMNS[name] for name in columns}), path)
    with pytest.raises(InputError, match=expected):
        seen = columns_seen(path)
        draft("some", seen, customer_of(seen), month_of(seen), "x")


def test_data_without_rows_is_one_line(data: Path) -> None:
    pq.write_table(pq.read_table(data).slice(0, 0), data)
    with pytest.raises(InputError, match="has no rows: a description is guessed from the values of its columns"):
        columns_seen(data)
