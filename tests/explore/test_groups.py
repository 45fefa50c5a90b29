"""Groups of customers: every kind of column has its codes and names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bankrec.bank.description import Bank
from bankrec.explore import groups
from bankrec.explore.tables import Tables
from tests.descriptions import small
from tests.other_bank import BARE


@pytest.fixture
def other(tmp_path: Path) -> Tables:
    """Four customers of the small bank in one month: a known and an unknown value of each column."""
    frame = pd.DataFrame(
        {
            "customer": [1, 2, 3, 4],
            "month": pd.to_datetime(["2024-01-31"] * 4),
            "account": [1, 1, 0, 0],
            "card": [0, 1, 0, 0],
            "loan": [0, 0, 0, 1],
            "tier": ["A", "B", "it's other", "A"],
            "app_use": [1, 0, 1, 1],
            "age": [17, 18, 64, 65],
            "branch": ["north", "south", None, "north"],
            "joined": pd.to_datetime(["2023-02-01", "2023-01-31", "2010-01-01", "2024-01-01"]),
        }
    )
    frame.to_parquet(tmp_path / "clean.parquet")
    return Tables(small(), None, tmp_path / "clean.parquet")


def test_each_column_has_its_groups(other: Tables) -> None:
    made = groups.made_of(other, groups.groupings(other))["rows"]
    assert made["tier"].to_dict() == {"UNKNOWN": 1, "A": 2, "B": 1}
    assert made["app"].to_dict() == {"no": 1, "yes": 3}
    assert made["age"].to_dict() == {"under 18": 1, "18 to 65": 2, "65 and over": 1}
    assert made["branch"].to_dict() == {"north": 2, "south": 1, "unknown": 1}
    assert made["tenure"].to_dict() == {"new": 2, "long": 2}, "12 months are long"


def test_the_commonest_values_of_a_category_are_distinguished(other: Tables) -> None:
    made = groups.made_of(other, groups.groupings(other, most=1))["rows"]
    assert made["branch"].to_dict() == {"north": 2, "all others": 1, "unknown": 1}


def test_imbalance_has_the_largest_group(other: Tables) -> None:
    table = groups.imbalance(other, groups.groupings(other))
    assert table.loc["app", "largest group"] == "yes" and table.loc["app", "its share"] == 0.75
    assert table.loc["branch", "unknown"] == 0.25 and table.loc["branch", "values"] == 2
    assert table.loc["tenure", "effective groups"] == pytest.approx(2.0)


def test_a_bank_without_columns_has_no_groups(tmp_path: Path) -> None:
    bank: Bank = BARE
    frame = pd.DataFrame(
        {"client": [1], "month_end": pd.to_datetime(["2024-01-31"]), **{item: [1] for item in bank.ids}}
    )
    frame.to_parquet(tmp_path / "clean.parquet")
    tables = Tables(bank, None, tmp_path / "clean.parquet")
    assert groups.groupings(tables) == [] and not len(groups.imbalance(tables, []))


def test_numbers_without_bands_are_cut_into_fifths(tmp_path: Path) -> None:
    bank = small(
        ("profile.0.bands", {"edges": [10], "names": ["low", "high"]}),
        ("profile.1", {"name": "debt", "column": "branch", "kind": "number", "in_models": False}),
    )
    frame = pd.DataFrame(
        {
            "customer": range(10),
            "month": pd.to_datetime(["2024-01-31"] * 10),
            **{item: [0] * 10 for item in bank.ids},
            "tier": ["A"] * 10,
            "app_use": [1] * 10,
            "age": range(10, 20),
            "branch": range(10),
            "joined": pd.to_datetime(["2023-02-01"] * 10),
        }
    )
    frame.to_parquet(tmp_path / "clean.parquet")
    tables = Tables(bank, None, tmp_path / "clean.parquet")
    made = groups.made_of(tables, groups.groupings(tables))["rows"]
    assert made["debt"].sum() == 10 and len(made["debt"]) == 5
