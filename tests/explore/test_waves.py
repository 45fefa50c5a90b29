"""Waves of a table that can be counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from bankrec.explore.waves import beside, usual, waves

MONTHS = [f"2015-{month:02}" for month in range(1, 8)]
COUNTS = pd.DataFrame({"Funds": [20, 20, 20, 80, 20, 20, 20], "Loan": [1, 0, 1, 5, 0, 1, 1]}, index=MONTHS)


def test_what_is_usual_leaves_the_month_itself_out() -> None:
    assert usual(COUNTS).loc["2015-04"].tolist() == [20, 1]


def test_a_month_far_above_its_neighbours_is_a_wave_and_a_few_customers_are_none() -> None:
    table = waves(COUNTS)
    assert table[["product", "month", "customers", "usual"]].to_numpy().tolist() == [["Funds", "2015-04", 80, 20]]
    assert table["times"].iloc[0] == 4


def test_all_waves_are_counted_the_largest_excess_first() -> None:
    many = pd.DataFrame({f"Product {size}": COUNTS["Funds"] * size for size in range(1, 15)})
    table = waves(many)
    assert len(table) == 14 and table["product"].iloc[0] == "Product 14"


def test_named_waves_stand_beside_what_is_here() -> None:
    named = pd.DataFrame({"product": ["Funds", "Gold"], "month": ["2015-04", "2015-04"], "likely reason": ["a", "b"]})
    table = beside(named, COUNTS)
    assert table.loc[0, "customers here"] == 80 and table.loc[0, "times here"] == pytest.approx(4)
    assert table.loc[1, ["customers here", "times here"]].isna().all()
