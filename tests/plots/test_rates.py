"""Rates by group."""

from __future__ import annotations

import pandas as pd

from bankrec.plots.rates import rates


def test_a_column_is_a_block_with_its_groups() -> None:
    index = pd.MultiIndex.from_tuples([("plan", "basic"), ("plan", "gold"), ("sex", "women"), ("sex", "men")])
    columns = {"rate": [0.02, 0.06, 0.03, 0.03], "low": 0.01, "high": 0.07, "customers": [1_000, 200, 600, 600]}
    made = rates(pd.DataFrame(columns, index=index), "Rates", 0.03, "share a month")
    left, right = made.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["plan", "basic  (1,000)", "gold  (200)"]
    assert [label.get_text() for label in right.get_yticklabels()] == ["sex", "women  (600)", "men  (600)"]
    assert left.get_xlim() == right.get_xlim(), "both halves are read by one scale"
    assert "Highest: plan gold 6.00%" in made.alt and "Lowest: plan basic 2.00%" in made.alt
