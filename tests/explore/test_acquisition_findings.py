"""Sentences about acquisitions follow their frames."""

from __future__ import annotations

import pandas as pd

from bankrec.explore import acquisition_findings as findings


def rates(*rows: tuple[str, str, int, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["column", "group", "customers", "rate", "low", "high"])
    return table.set_index(["column", "group"])


RATES = rates(
    ("plan", "basic", 500, 0.02, 0.015, 0.025),
    ("plan", "gold", 200, 0.06, 0.05, 0.07),
    ("sex", "women", 400, 0.030, 0.025, 0.035),
    ("sex", "men", 300, 0.031, 0.026, 0.036),
    ("sex", "unknown", 300, 0.9, 0.8, 1.0),
    ("town", "small", 99, 0.5, 0.4, 0.6),
    ("town", "large", 500, 0.02, 0.01, 0.03),
)


def test_differences_are_named_and_overlaps_are_none() -> None:
    text = findings.rates(RATES)
    assert "- **plan**: 3.0 times (basic 2.00% a month, gold 6.00%)" in text
    assert "By sex the intervals of the two overlap" in text
    assert "town" not in text, "one of its groups is too small"
    assert findings.contrasts(RATES).index.tolist() == ["plan", "sex"]


def test_the_ceiling_is_the_share_of_the_last_month() -> None:
    table = pd.DataFrame(
        {
            "customers": [100, 100],
            "acquirers": [2, 4],
            "share": [0.02, 0.04],
            "low": [0.01, 0.03],
            "high": [0.03, 0.05],
            "products each": [1.0, 2.5],
        },
        index=["2020-01", "2020-02"],
    )
    text = findings.acquirers(table)
    assert "3.00% of the customers acquire something: from 2.00% in 2020-01 to 4.00% in 2020-02" in text
    assert "acquire 2.00 products at once" in text and "of 2020-02 is 0.0400 [0.0300, 0.0500]" in text
    assert "no acquisitions to describe" in findings.acquirers(table.iloc[:0])


def test_flows_name_the_few_products_that_make_most() -> None:
    table = pd.DataFrame(
        {"acquired a month": [85, 15], "share of all acquisitions": [0.85, 0.15], "regained": [0.4, 0.0]},
        index=["Debit", "Loan"],
    )
    text = findings.flows(table)
    assert text.startswith("1 of 2 products make 85.0% of the acquisitions: Debit. 34.0% of all")
    assert text.endswith("most of Debit (40.0%).")


def test_waves_and_pairs() -> None:
    table = pd.DataFrame({"product": ["Tax"], "month": ["2020-06"], "customers": [90], "usual": [10.0], "times": [9.0]})
    one = findings.waves(table)
    assert one.startswith("1 month of a product stands out, framed in the chart; with most customers above the usual")
    assert one.endswith(": Tax in 2020-06 (9.0 times the usual count).")
    assert findings.waves(pd.concat([table] * 14)).startswith("14 months of a product stand out")
    assert "No product" in findings.waves(table.iloc[:0])
    square = pd.DataFrame([[None, 4.0], [0.5, None]], index=["A", "B"], columns=["A", "B"], dtype=float)
    text = findings.pairs(square / 5, square, square)
    assert "80.0% of those who acquire A acquire B" in text
    assert "holders of A acquire B 4.0 times" in text and "holders of B acquire A 0.50 times" in text
    assert "who drop A acquire B in that month 4.0 times" in text
    assert "Too little" in findings.pairs(square.iloc[:0], square.iloc[:0], square.iloc[:0])


def test_activity() -> None:
    table = pd.DataFrame(
        {"active the month before": [0.4, 0.9], "active in the month": [0.4, 0.98]},
        index=["acquire nothing", "acquire something"],
    )
    assert "90.0% are active the month before and 98.0% in the month itself" in findings.activity(table)
    assert findings.activity(table * 0) == "The bank has no flag of active customers."
