"""Sentences about customers follow their frames."""

from __future__ import annotations

import pandas as pd

from bankrec.explore import customer_findings as findings


def present(joined: int) -> pd.DataFrame:
    rows = {"customers": [10, 10 + joined], "joined": [0, joined], "returned": [0, 0], "left": [0, 0]}
    return pd.DataFrame(rows, index=["2020-01", "2020-02"])


def test_growth_names_the_month_of_the_block() -> None:
    months = pd.DataFrame({"joiners without products": [0.1, 0.25]}, index=["2020-01", "2020-02"])
    text = findings.growth(present(30), months)
    assert text.startswith("The bank has 10 customers in 2020-01 and 40 in 2020-02. Most join in 2020-02: 30, 75.0%")
    assert text.endswith("25.0% of them hold nothing in that month.")
    assert "12" not in text and findings.growth(present(10), months) != text


def test_absences() -> None:
    totals = pd.Series({"customers": 200, "absent": 3, "months absent": 5})
    text = findings.absences(totals, present(7))
    assert "3 of 200 customers (1.50%)" in text and "(5 months are missing)" in text and "0 leave and 7 join" in text


def test_cohorts_name_the_lowest_and_the_highest() -> None:
    table = pd.DataFrame(
        {"customers": [500, 400, 50], "without products": [0.1, 0.9, 0.5], "acquire in a month": [0.04, 0.01, 0.0]},
        index=["the first month", "2020 Q2", "2020 Q3"],
    )
    text = findings.cohorts(table)
    assert "first seen in 2020 Q2, 1.00%" in text and "first seen in the first month, 4.00%" in text, "50 are too few"
    assert "nothing to compare" in findings.cohorts(table.iloc[:1])


def test_imbalance_names_columns_with_one_group() -> None:
    table = pd.DataFrame(
        {"largest group": ["N", "a"], "its share": [0.999, 0.5], "unknown": [0.0, 0.2]}, index=["employee", "income"]
    )
    text = findings.imbalance(table)
    assert "employee (99.9% N)" in text and "income (20.0%)" in text
    assert "In none of them" in findings.imbalance(table.iloc[1:])
    assert findings.imbalance(table.iloc[:0]) == "The description names no column of customers."


def test_correlations_name_two_pairs() -> None:
    table = pd.DataFrame([[1, 0.1, -0.5], [0.1, 1, 0.02], [-0.5, 0.02, 1]], index=list("abc"), columns=list("abc"))
    text = findings.correlated(table.astype(float))
    assert text == "The strongest correlation is -0.50, of a and c; the weakest is 0.02, of b and c."
    assert "not two numbers" in findings.correlated(table.iloc[:1, :1].astype(float))


def test_held() -> None:
    text = findings.held(pd.Series({"Account": 0.6, "Loan": 0.0001}), pd.Series({0: 5, 1: 4, 2: 1}))
    assert "50.0% of the customers hold nothing and 40.0% one product; the mean is 0.60, the most 2" in text
    assert text.endswith("Held in fewer than one customer-month of a thousand: Loan.")
