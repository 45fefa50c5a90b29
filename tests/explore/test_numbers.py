"""Numbers of the profile, on a bank that can be counted by hand."""

from __future__ import annotations

import pytest

from bankrec.explore import numbers
from bankrec.explore.tables import Tables


def test_distributions_count_the_customers_of_the_last_month(bank: Tables) -> None:
    histograms = numbers.distributions(bank)
    assert list(histograms) == ["age (years)", "tenure (years)", "log10 of income"]
    assert histograms["age (years)"].to_dict() == {35.0: 4}
    assert histograms["log10 of income"].sum() == 3, "3 has no known income"


def test_correlations_of_a_number_with_itself_are_one(bank: Tables) -> None:
    table = numbers.correlations(bank)
    assert list(table.index) == ["age", "tenure", "income", "products held"] == list(table.columns)
    assert table.loc["products held", "products held"] == pytest.approx(1.0)
