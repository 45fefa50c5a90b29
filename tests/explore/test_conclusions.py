"""Conclusions: numbered, with figures of their frames and steps that are there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bankrec.explore import conclusions
from tests.explore.test_acquisition_findings import RATES

ROOT = Path(__file__).resolve().parents[2]
FLOWS = pd.DataFrame(
    {"acquired a month": [85, 15], "share of all acquisitions": [0.85, 0.15], "regained": [0.4, 0.0]},
    index=["Debit", "Loan"],
)
ACQUIRERS = pd.DataFrame({"customers": [100, 100], "acquirers": [2, 4]}, index=["2020-01", "2020-02"])
WAVES = pd.DataFrame({"product": ["Tax"], "month": ["2020-06"], "customers": [90], "usual": [10.0], "times": [9.0]})
SQUARE = pd.DataFrame([[None, 4.0], [0.5, None]], index=["A", "B"], columns=["A", "B"], dtype=float)


def all_of_them() -> list[conclusions.Conclusion]:
    missing = pd.DataFrame({"2015-01": [0.2, 0.99]}, index=["renta", "conyuemp"])
    empty, changes = pd.DataFrame({"rows": [4]}), pd.Series([0.0, 1.0])
    index = ["2020-01", "2020-02", "2020-03", "2020-04"]
    present = pd.DataFrame({"customers": [10, 15, 45, 50], "joined": [0, 5, 30, 5]}, index=index)
    months = pd.DataFrame({"joiners without products": [0.0, 0.1, 0.9, 0.1]}, index=index)
    imbalance = pd.DataFrame({"its share": [0.999]}, index=["employee"])
    activity = pd.DataFrame(
        {"active the month before": [0.9], "active in the month": [0.98]}, index=["acquire something"]
    )
    return [
        *conclusions.of_raw_file(missing, empty, changes),
        *conclusions.of_customers(present, months, pd.Series({"absent": 3}), imbalance),
        *conclusions.of_acquisitions(ACQUIRERS, FLOWS, WAVES, RATES),
        *conclusions.of_pairs(SQUARE / 5, SQUARE),
        *conclusions.of_leaks(activity),
    ]


def test_each_has_a_figure_of_the_data_and_a_step_that_is_there() -> None:
    made = all_of_them()
    assert len(made) == 14
    for one in made:
        assert (ROOT / one.where).is_file(), one.where
        assert one.observed.endswith(".") and one.step.endswith(".")
    observed = " ".join(one.observed for one in made)
    for figure in ("`renta` is missing in 20.0%", "4 rows", "1 of 2 months", "30 customers", "90.0%", "3.00%", "34.0%"):
        assert figure in observed


def test_they_are_numbered_in_order() -> None:
    lines = conclusions.numbered(all_of_them()).splitlines()
    assert [line.split(".")[0] for line in lines] == [str(place) for place in range(1, 15)]


def test_a_month_with_as_many_joiners_as_others_is_no_conclusion() -> None:
    present = pd.DataFrame({"joined": [0, 5, 6, 5]}, index=["2020-01", "2020-02", "2020-03", "2020-04"])
    assert conclusions.of_customers(present, present, pd.Series({"absent": 0}), pd.DataFrame()) == []


def test_a_bank_without_acquisitions_has_few() -> None:
    assert conclusions.of_acquisitions(ACQUIRERS.iloc[:0], FLOWS, WAVES, RATES) == []
    assert conclusions.of_pairs(SQUARE.iloc[:0], SQUARE.iloc[:0]) == []
    (leak,) = conclusions.of_leaks(pd.DataFrame({"active in the month": []}))
    assert "known only when its acquisitions are known" in leak.observed
