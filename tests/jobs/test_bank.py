"""`bank new` and `bank check`: a description drafted from data, and the mistakes in one."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.errors import InputError
from bankrec.jobs.bank import command

ROWS: dict[str, Any] = {
    "who": list(range(100, 140)) * 2,
    "day": [date(2024, 1, 31)] * 40 + [date(2024, 2, 29)] * 40,
    "savings": [0, 1] * 40,
    "loan": [0, 0, 0, 1] * 20,
    "town": ["A", "B"] * 40,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    pq.write_table(pa.table(ROWS), tmp_path / "months.parquet")
    return tmp_path / "months.parquet"


def new(data: Path, **changes: Any) -> Namespace:
    given = {"step": "new", "data": data, "output": data.with_name("bank.toml"), "customer": None, "month": None}
    return Namespace(**{**given, **changes})


def check(bank: Path | None, data: Path | None = None) -> Namespace:
    return Namespace(step="check", bank=bank, data=data)


def test_a_new_description_fits_its_data(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(new(data)) == 0
    path = data.with_name("bank.toml")
    assert f"{path}: 2 columns of 0 and 1 as products, 1 of the profile" in capsys.readouterr().out
    schema = path.read_text().splitlines()[0].removeprefix("#:schema ")
    assert (path.parent / schema).resolve().name == "bank.schema.json" and (path.parent / schema).exists()
    assert command(check(path, data)) == 0
    seen = capsys.readouterr()
    assert seen.err == "" and seen.out.endswith("no mistakes\n")
    assert "savings  Savings  products  held in 50.0% of the rows" in seen.out
    assert f"{data}: 80 rows in 2 months\n  2024-01: 40 rows\n  2024-02: 40 rows\n" in seen.out


def test_every_mistake_of_a_description_is_listed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(new(data))
    path = data.with_name("bank.toml")
    path.write_text(path.read_text().replace('"EUR"', '"euro"').replace("kind =", "sort ="))
    capsys.readouterr()
    assert command(check(path, data)) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert [line.startswith(f"bankrec bank check: {path}: ") for line in seen.err.splitlines()] == [True] * 3


def test_every_problem_of_the_data_is_listed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(new(data))
    pq.write_table(pa.table({**ROWS, "loan": [0, 2] * 40, "who": [7] * 80}), data)
    capsys.readouterr()
    assert command(check(data.with_name("bank.toml"), data)) == 2
    seen = capsys.readouterr()
    assert len(seen.err.splitlines()) == 2 and "no mistakes" not in seen.out
    assert "customer 7 has 40 rows in 2024-01" in seen.err and "product loan is neither 0, 1 nor null" in seen.err


def test_without_a_description_it_is_santander(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(check(None)) == 0
    assert capsys.readouterr().out.startswith("Santander (Kaggle) (santander): EUR, languages en, es\n")


def test_a_column_that_is_not_there_writes_nothing(data: Path) -> None:
    with pytest.raises(InputError, match="--customer nobody"):
        command(new(data, customer="nobody"))
    assert not data.with_name("bank.toml").exists()
