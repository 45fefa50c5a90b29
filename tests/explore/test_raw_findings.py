"""Sentences about the raw file follow their frames."""

from __future__ import annotations

import pandas as pd

from bankrec.explore import raw_findings as findings


def test_missing_names_columns_and_their_highest_month() -> None:
    table = pd.DataFrame({"2015-01": [0.2, 0.0], "2015-02": [0.2, 0.04]}, index=["renta", "segmento"])
    text = findings.missing(table, pd.Series({"renta": 0.205}))
    assert "`renta` (20.0%, 20.5% published) and `segmento` (2.00%)" in text
    assert "`segmento` in 2015-02 (4.00%)" in text and "`renta` in" not in text


def test_rows_with_hardly_any_profile() -> None:
    table = pd.DataFrame({"rows": [3, 1], "share with a product": [1.0, 0.0]})
    assert findings.nearly_empty(table, 27_000).startswith("4 rows have a number and flags but no profile (27,000 ")
    assert "75.0% of them hold a product" in findings.nearly_empty(table, 27_000)
    assert findings.nearly_empty(table.iloc[:0], 27_000) == "No row is nearly empty."


def test_a_seniority_that_stands_still() -> None:
    months = [f"2015-{month:02}" for month in range(1, 5)]
    assert findings.frozen(pd.Series([0.0, 0.0, 0.9, 1.0], index=months)).startswith(
        "In 2 of 4 months (2015-01 to 2015-02) seniority does not change; in the others 95.0%"
    )
    assert "every month" in findings.frozen(pd.Series([1.0], index=["2015-01"]))


def test_size_impossible_joined_and_what_was_reported() -> None:
    beyond = "rows beyond one a customer and month"
    size = pd.Series({"rows": 30, "customers": 10, "months": 4, "rows a customer": 3.0, beyond: 0})
    assert "30 rows of 10 customers in 4 months: 3.0 rows a customer; 0 rows" in findings.size(size)
    assert (
        findings.impossible(pd.DataFrame({"rows": [2, 0]}, index=["old", "young"]))
        == "Rows with an unusual number: old, 2."
    )
    assert "75.0% of the customers joined in 2011 or later" in findings.joined(pd.Series({2010: 1, 2011: 3}))
    rare = pd.DataFrame({"values": [4], "rare values": [2]}, index=["ind_empleado"])
    text = findings.reported(pd.DataFrame({"here": [0, 5]}), 1.0, rare)
    assert text.startswith("In 100% of the rows") and "1 of the 2 cases" in text and "`ind_empleado` (2 of 4)" in text


def test_the_block_of_the_real_bank_stands_beside_this_one() -> None:
    block = {"month": "2015-07", "customers": 1_000, "without_products": 0.9}
    present = pd.DataFrame({"joined": [7]}, index=["2015-07"])
    months = pd.DataFrame({"joiners without products": [0.5]}, index=["2015-07"])
    assert findings.block(block, present, months).endswith("Here 7 join in that month, and 50.0% of them hold nothing.")
    assert findings.block(block, present.iloc[:0], months).endswith("Nobody joins in that month here.")
