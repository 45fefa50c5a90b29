"""Cells: shares, lifts and counts, each with its number and colour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bankrec.plots.cells import by_month, heat, shares, short


@pytest.mark.parametrize(("count", "text"), [(7, "7"), (999, "999"), (1_234, "1.2k"), (12_687, "13k"), (2e6, "2.0M")])
def test_counts_have_four_characters_at_most(count: float, text: str) -> None:
    assert short(count) == text


def test_the_share_of_a_cell_is_written_in_percent_and_none_where_it_is_0() -> None:
    table = pd.DataFrame({"2015-01": [0.0, 0.05], "2015-02": [0.5, float("nan")]}, index=["age", "renta"])
    (axes,) = shares(table, "Missing", "month").axes
    assert sorted(text.get_text() for text in axes.texts) == ["5.0", "50"]


def test_lifts_are_coloured_round_one_with_a_bar_that_says_so() -> None:
    table = pd.DataFrame([[1.0, 4.0], [0.25, np.nan]], index=["A", "B"], columns=["A", "B"])
    made = heat(table, "Lifts")
    cells, bar = made.axes
    (image,) = cells.images
    assert image.norm.vcenter == 0 and image.norm.vmin == -image.norm.vmax, "the logarithm of 1 is the middle"
    assert bar.get_ylabel() == "times as often as by chance"
    assert "1" in [label.get_text() for label in bar.get_yticklabels()]
    far = heat(table.replace(4.0, 73.0), "Lifts").axes[1]
    assert far.get_ylabel() == "times as often as by chance\n(colours end at 16 and 1/16)"
    assert sorted(text.get_text() for text in cells.texts) == ["0.2", "1.0", "4.0"]
    assert "A and B 4.0 times" in made.alt and "B and A 0.2 times" in made.alt


def test_waves_have_a_frame_and_months_without_acquisitions_are_empty() -> None:
    counts = pd.DataFrame({"2015-01": [10, 0], "2015-02": [40, 1]}, index=["Funds", "Loan"])
    marked = pd.DataFrame({"product": ["Funds", "Gold"], "month": ["2015-02", "2015-02"]})
    usual = pd.DataFrame({"2015-01": [40, 1], "2015-02": [10, 0]}, index=counts.index)
    made = by_month(counts, "Acquired", usual, marked)
    assert [frame.get_xy() for frame in made.axes[0].patches] == [(0.5, -0.5)]
    assert sorted(text.get_text() for text in made.axes[0].texts) == ["1", "10", "40"]
    assert made.axes[0].images[0].get_array().mask.tolist() == [[False, False], [True, True]], "one loan is no wave"
    assert "Funds in 2015-02" in made.alt
    assert made.axes[0].images[0].get_array()[0].tolist() == [-2.0, 2.0], "a quarter of the usual count, four times it"
    assert made.axes[1].get_ylabel() == "times the usual count"


def test_a_wave_of_a_product_that_nobody_usually_acquires_is_coloured_and_the_bar_says_where_colours_end() -> None:
    counts = pd.DataFrame({"2015-01": [2], "2015-02": [90]}, index=["Tax"])
    made = by_month(counts, "Acquired", pd.DataFrame({"2015-01": [0.0], "2015-02": [0.0]}, index=["Tax"]))
    assert made.axes[0].images[0].get_array().mask.tolist() == [[True, False]]
    assert made.axes[1].get_ylabel().endswith("(colours end at 4 and 1/4)")
