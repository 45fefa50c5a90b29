"""Pairs of products, on a bank that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.explore import comes_with
from bankrec.explore.tables import Tables
from tests.explore.conftest import DEBIT, PAYROLL, PENSION
from tests.santander import BANK

ENGLISH = {one.id: one.names["en"] for one in BANK.products}
DEBITS, PAYROLLS, PENSIONS = ENGLISH[DEBIT], ENGLISH[PAYROLL], ENGLISH[PENSION]


def test_pairs_that_are_acquired_in_one_month(bank: Tables) -> None:
    share = comes_with.acquired_together(bank)
    assert share.loc[PAYROLLS, PENSIONS] == 1 and share.loc[DEBITS, PENSIONS] == 0
    assert np.isnan(share.loc[PAYROLLS, PAYROLLS]) and len(share) == 3, "what nobody acquires has no row"


def test_pairs_that_are_held_by_one_customer(bank: Tables) -> None:
    lift = comes_with.held_together(bank)
    assert np.isnan(lift.loc[PAYROLLS, PENSIONS]), "by chance a quarter of a customer holds both: too few for a lift"


def test_holders_are_set_against_those_without(monkeypatch: pytest.MonkeyPatch, bank: Tables) -> None:
    assert not len(comes_with.acquired_by_holders(bank)), "five customers are too few for any lift"
    assert not len(comes_with.acquired_by_droppers(bank))
    # 10 hold the first product and 4 of them acquire the second; of 20 without it 2 do: 0.4 against 0.1.
    events, others = np.array([[0.0, 4.0], [3.0, 0.0]]), np.array([[0.0, 2.0], [3.0, 0.0]])
    chances, without = np.full((2, 2), 10.0), np.full((2, 2), 20.0)
    monkeypatch.setattr(comes_with, "names", lambda _: ["A", "B"])
    table = comes_with._pairs(bank, events, chances, others, without, few=2.0)
    assert table.loc["A", "B"] == pytest.approx(4.0)
    assert not len(comes_with._pairs(bank, events, chances, others, without, few=2.1)), "2.0 are expected by chance"
