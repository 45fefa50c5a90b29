"""Tables of the exploratory notebook, on a bank of a few rows that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bankrec import charts
from bankrec.explore import comes_with, holdings_tables, numbers, raw_tables
from bankrec.explore.tables import Tables
from tests.explore.conftest import DEBIT, PAYROLL, PENSION
from tests.santander import BANK

ENGLISH = {one.id: one.names["en"] for one in BANK.products}


def test_joiners_are_counted_by_month(bank: Tables) -> None:
    months = holdings_tables.months(bank)
    assert months["customers"].tolist() == [3, 3, 4]
    assert months["joiners"].tolist() == [3, 1, 0]
    assert months["without products"].tolist() == pytest.approx([2 / 3, 1, 1 / 4])
    assert months["products a customer"].tolist() == pytest.approx([1 / 3, 0, 1])


def test_acquisitions_need_both_months(bank: Tables) -> None:
    acquired = holdings_tables.acquisitions(bank)
    assert acquired.loc["2015-08", [ENGLISH[DEBIT], ENGLISH[PAYROLL], ENGLISH[PENSION]]].tolist() == [1, 1, 1]
    assert acquired.to_numpy().sum() == 3, "customer 4 was absent in July: no acquisition"
    assert acquired.index.tolist() == ["2015-07", "2015-08"], "a month in which nothing is acquired is a row too"


def test_what_comes_back_is_known_from_any_earlier_month(bank: Tables) -> None:
    flows = holdings_tables.flows(bank)
    assert flows.loc[ENGLISH[DEBIT], "regained"] == 1
    assert flows.loc[ENGLISH[PAYROLL], "regained"] == 0
    assert np.isnan(flows.loc["Mortgage", "regained"])
    assert flows.loc[ENGLISH[DEBIT], "held"] == 2
    assert flows["share of all acquisitions"].sum() == pytest.approx(1)


def test_cohorts_and_activity(bank: Tables) -> None:
    cohorts = holdings_tables.cohorts(bank)
    assert cohorts["customers"].to_dict() == {"the first month": 3, "2015 Q3": 1}
    assert cohorts.loc["2015 Q3", "without products"] == 1
    assert cohorts["acquire in a month"].tolist() == pytest.approx([2 / 4, 0])
    active = holdings_tables.activity(bank)
    assert active.loc["acquire something", "active the month before"] == pytest.approx(0.5)
    assert active.loc["acquire something", "active in the month"] == 1


def test_prevalence_is_the_share_of_clean_rows(bank: Tables) -> None:
    share = holdings_tables.prevalence(bank)
    assert len(share) == BANK.n
    assert share[ENGLISH[DEBIT]] == pytest.approx(3 / 10)
    assert raw_tables.changing_seniority(bank).tolist() == [0, 0]


def test_customers_are_counted_by_the_products_they_hold(bank: Tables) -> None:
    assert holdings_tables.held_at_once(bank).to_dict() == {0: 1, 1: 2, 2: 1}


def test_charts_take_the_tables(bank: Tables) -> None:
    figures = [
        charts.shares(raw_tables.missing_by_month(bank), "title", "month"),
        charts.lines(holdings_tables.acquisitions(bank).iloc[:, :8], "title", "customers"),
        charts.histograms(numbers.distributions(bank), "title", "customers"),
        charts.heat(comes_with.held_together(bank), "title"),
        charts.bars(raw_tables.joiners_by_year(bank), "title", "customers"),
        charts.histograms({"one band": pd.Series([1], index=[5.0])}, "title", "customers"),
    ]
    for made in figures:
        made.canvas.draw()
        assert made.get_suptitle() == "title" and made.alt.startswith("title. ")
    styles = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in figures[1].axes[0].lines}
    assert len(styles) == 8, "two lines look the same"
