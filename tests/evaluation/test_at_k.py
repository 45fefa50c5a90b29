"""Figures in the first k places, by hand."""

from __future__ import annotations

import pytest

from bankrec.evaluation.at_k import PLACES, at_k, table
from tests.evaluation.three_customers import ADDED, HELD, ITEMS


def test_three_customers_by_hand() -> None:
    """One of three customers acquires one product, which stands second in the list."""
    figures = at_k(ITEMS, ADDED, HELD)
    assert tuple(figures) == PLACES
    assert figures[1].precision == figures[1].recall == 0.0
    assert figures[3].precision == pytest.approx(1 / 3 / 3) and figures[3].recall == 1.0
    assert figures[7].precision == pytest.approx(1 / 7 / 3)


def test_the_table_has_a_row_a_measure_and_says_how_many_places() -> None:
    shown = table(at_k(ITEMS, ADDED, HELD))
    assert list(shown.columns) == ["@1", "@3", "@5", "@7"]
    assert list(shown.index) == ["precision", "recall", "coverage", "novelty (bits)"]
    assert shown.loc["recall", "@3"] == 1.0
