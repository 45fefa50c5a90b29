"""Tables of the exploratory notebook, on a bank of a few rows that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bankrec import charts
from bankrec.explore import holdings_tables, raw_tables
from bankrec.explore.tables import Tables
from tests.explore.conftest import DEBIT, PAYROLL, PENSION
from tests.santander import BANK

ENGLISH = {one.id: one.names["en"] for one in BANK.products}


def test_months_tell_who_joined(bank: Tables) -> None:
    months = holdings_tables.months(bank)
    assert months["customers"].tolist() == [3, 3, 4]
    assert months["joiners"].tolist() == [3, 1, 0]
    assert months["without products"].tolist() == pytest.approx([2 / 3, 1, 1 / 4])
    assert months["products a customer"].tolist() == pytest.approx([1 / 3, 0, 1])


def test_additions_need_both_months(bank: Tables) -> None:
    added = holdings_tables.additions(bank)
    assert added.loc["2015-08", [ENGLISH[DEBIT], ENGLISH[PAYROLL], ENGLISH[PENSION]]].tolist() == [1, 1, 1]
    assert added.to_numpy().sum() == 3, "customer 4 was absent in July: no addition"
    adders = holdings_tables.adders(bank)
    assert adders["present in both months"].tolist() == [2, 3]
    assert adders["share who add"].tolist() == pytest.approx([0, 2 / 3])
    assert adders["additions an adder"].iloc[1] == pytest.approx(1.5)


def test_what_comes_back_is_known_from_any_earlier_month(bank: Tables) -> None:
    flows = holdings_tables.flows(bank)
    assert flows.loc[ENGLISH[DEBIT], "regained"] == 1
    assert flows.loc[ENGLISH[PAYROLL], "regained"] == 0
    assert np.isnan(flows.loc["Mortgage", "regained"])
    assert flows.loc[ENGLISH[DEBIT], "held"] == 2
    assert flows["share of all additions"].sum() == pytest.approx(1)


def test_pairs_that_come_together(bank: Tables) -> None:
    share = holdings_tables.together(bank)
    assert share.loc[ENGLISH[PAYROLL], ENGLISH[PENSION]] == 1
    assert share.loc[ENGLISH[DEBIT], ENGLISH[PENSION]] == 0
    lift = holdings_tables.goes_with(bank)
    assert lift.loc[ENGLISH[PAYROLL], ENGLISH[PENSION]] == pytest.approx(4), "held by one of four, always together"


def test_cohorts_and_activity(bank: Tables) -> None:
    cohorts = holdings_tables.cohorts(bank)
    assert cohorts["customers"].to_dict() == {"the first month": 3, "2015 Q3": 1}
    assert cohorts.loc["2015 Q3", "without products"] == 1
    assert cohorts["add in a month"].tolist() == pytest.approx([2 / 4, 0])
    active = holdings_tables.activity(bank)
    assert active.loc["add something", "active the month before"] == pytest.approx(0.5)
    assert active.loc["add something", "active in the month"] == 1


def test_prevalence_is_the_share_of_clean_rows(bank: Tables) -> None:
    share = holdings_tables.prevalence(bank)
    assert len(share) == BANK.n
    assert share[ENGLISH[DEBIT]] == pytest.approx(3 / 10)
    assert raw_tables.frozen_seniority(bank).tolist() == [0, 0]


def test_charts_take_the_tables(bank: Tables) -> None:
    figures = [
        charts.shares(raw_tables.missing_by_month(bank), "title", "month"),
        charts.lines(holdings_tables.additions(bank).iloc[:, :8], "title", "customers"),
        charts.columns(raw_tables.distribution(bank, "age", 1), "title", "age (years)", "customers"),
        charts.heat(holdings_tables.goes_with(bank), "title"),
        charts.bars(raw_tables.joiners_by_year(bank), "title", "customers"),
        charts.columns(pd.Series([1], index=[5.0]), "title", "one band", "customers"),
    ]
    for made in figures:
        made.canvas.draw()
        assert made.axes[0].get_title() == "title"
    styles = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in figures[1].axes[0].lines}
    assert len(styles) == 8, "two lines look the same"
