"""Acquisition rates, on a bank that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.explore import acquisition_rates, groups
from bankrec.explore.tables import Tables
from bankrec.results import Interval
from tests.explore.conftest import DEBIT, PAYROLL
from tests.santander import BANK

ENGLISH = {one.id: one.names["en"] for one in BANK.products}


def test_the_share_who_acquire_by_month(bank: Tables) -> None:
    table = acquisition_rates.acquirers(bank)
    assert table["customers"].tolist() == [2, 3] and table["acquirers"].tolist() == [0, 2]
    assert table["share"].tolist() == pytest.approx([0, 2 / 3])
    assert table["products each"].iloc[1] == pytest.approx(1.5)
    assert (table["low"] <= table["share"]).all() and (table["share"] <= table["high"]).all()


def test_customers_whose_months_are_alike_have_a_wider_interval() -> None:
    """100 customers with 10 months each: 50 acquire in all of them, 50 in none."""
    sums = [np.array([value]) for value in (500.0, 1_000.0, 5_000.0, 5_000.0, 10_000.0)]
    low, high = acquisition_rates.clustered(*sums)
    naive = Interval.of_share(500, 1_000)
    assert high[0] - low[0] > 3 * (naive.high - naive.low), "as many draws as customers, a tenth of the months"


def test_groups_are_those_of_the_month_before(bank: Tables) -> None:
    """2 is inactive in July and acquires in August, when active: the rate belongs to the inactive."""
    groupings = groups.groupings(bank)
    acquisition_rates.add_known(bank, groupings)
    rates = acquisition_rates.rates(bank, groupings, few=1).loc["active"]
    assert rates["customers"].to_dict() == {"inactive": 2, "active": 1}
    assert rates["months"].to_dict() == {"inactive": 3, "active": 2}
    assert rates["rate"].to_dict() == pytest.approx({"inactive": 1 / 3, "active": 1 / 2})
    assert acquisition_rates.overall(bank) == pytest.approx(2 / 5)


def test_small_groups_and_columns_with_one_group_have_no_rate(bank: Tables) -> None:
    groupings = groups.groupings(bank)
    acquisition_rates.add_known(bank, groupings)
    table = acquisition_rates.rates(bank, groupings, few=1)
    assert "segment" not in table.index.get_level_values(0), "all customers are of one segment"
    assert not len(acquisition_rates.rates(bank, groupings, few=30))


def test_what_each_group_acquires(bank: Tables) -> None:
    groupings = groups.groupings(bank)
    acquisition_rates.add_known(bank, groupings)
    table = acquisition_rates.by_product(bank, groupings, "active", few=0.0)
    assert table.loc[ENGLISH[PAYROLL], "inactive"] == pytest.approx(5 / 3), "1 of 3 months against 1 of 5"
    assert table.loc[ENGLISH[DEBIT], "active"] == pytest.approx(5 / 2)
