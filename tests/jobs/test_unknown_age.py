"""A bank that does not know every age: who may be offered what, where they are reported, and wrong own features."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from, santander
from bankrec.cleaning.histories import build_histories, load_histories
from bankrec.errors import InputError
from bankrec.evaluation.groupings import groupings
from bankrec.ingest.headers import check_clean_header
from bankrec.rules.builtin import apply
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.offerable import Offerable

DAYS = (date(2024, 1, 31), date(2024, 2, 29))
AGES = (10, 40, None)


def bank(*features: str) -> Bank:
    """A loan from 18 on and an account for all; an age that may be missing."""
    age = {"name": "age", "column": "age", "kind": "number", "role": "age", "by_month": True, "largest": 120}
    described = {
        "name": "small",
        "currency": "EUR",
        "languages": ["en"],
        "customer": "who",
        "month": "day",
        "products": [
            {"id": "loan", "names": {"en": "Loan"}, "group": "credit", "from_age": 18},
            {"id": "account", "names": {"en": "Account"}, "group": "accounts"},
        ],
        "profile": [age | {"bands": {"edges": [18], "names": ["minor", "adult"]}}],
        "features": [{"name": name} for name in features],
    }
    return bank_from(described, "small")


def snapshots(path: Path) -> Path:
    """Customers 0, 1 and 2 in two months, who hold nothing."""
    n = len(AGES)
    columns = {"who": [*range(n)] * 2, "day": [day for day in DAYS for _ in range(n)], "age": [*AGES] * 2}
    pq.write_table(pa.table(columns | dict.fromkeys(("loan", "account"), [0] * 2 * n)), path)
    return path


def test_an_unknown_age_bars_a_lowest_age_and_is_a_group_of_its_own(tmp_path: Path) -> None:
    data = snapshots(tmp_path / "snapshots.parquet")
    build_histories(data, tmp_path / "histories.parquet", bank())
    history = load_histories(tmp_path / "histories.parquet", bank())
    tables = Offerable(*np.array([[False] * 2, [True] * 2, [False] * 2]), from_age=np.array([18, 0]))
    barred, removed = apply(history, tables)
    assert barred.tolist() == [[True, False], [False, False], [True, False]] and removed["from_age"] == 2
    assert groupings(history, 2)["age"].tolist() == ["minor", "adult", "unknown"]


def test_an_unknown_age_meets_no_condition_of_the_banks_own_rules(tmp_path: Path) -> None:
    data, own = snapshots(tmp_path / "snapshots.parquet"), tmp_path / "own.toml"
    build_histories(data, tmp_path / "histories.parquet", bank())
    history = load_histories(tmp_path / "histories.parquet", bank())
    own.write_text("""
[[eligible]]
name = "adults"
reason = "only for adults"
products = ["account"]
where.age = { min = 18 }
""")
    (adults,) = read_eligibility(own, bank())
    account = adults.barred(history, Offerable(*np.zeros((3, 2), np.bool_)))[:, 1]
    assert account.tolist() == [True, False, True]


def test_two_rows_of_own_features_in_a_month_are_refused(tmp_path: Path) -> None:
    data, own = snapshots(tmp_path / "snapshots.parquet"), tmp_path / "own.parquet"
    pq.write_table(pa.table({"who": [1, 1], "day": [date(2024, 1, 3), DAYS[0]], "balance": [1.0, 2.0]}), own)
    with pytest.raises(InputError, match="customer 1 has 2 rows in 2024-01: keep one row a customer and month"):
        build_histories(data, tmp_path / "histories.parquet", bank("balance"), features=own)


def test_snapshots_of_another_bank_ask_for_its_description(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column of santander: if it is of another bank.*--bank FILE"):
        check_clean_header(snapshots(tmp_path / "snapshots.parquet"), santander())
