"""Charts of ranked lists: what is 0 has no mark, and its figure stands beside."""

from __future__ import annotations

import pandas as pd

from bankrec.plots.ranking import exposure, recall_by_product, reliability

PRODUCTS = pd.DataFrame(
    {
        "product": ["Loan", "Funds", "Mortgage"],
        "acquisitions": [10, 5, 0],
        "shown in first 7": [3, 2, 0],
        "recall@3": [0.4, 0.2, float("nan")],
        "recall@7": [0.5, 0.25, float("nan")],
    }
)


def test_counts_of_0_have_no_place_on_a_log_scale_and_stand_in_figures() -> None:
    (axes,) = exposure(PRODUCTS).axes
    drawn = [float(value) for line in axes.lines for value in line.get_xdata()]
    assert axes.get_xscale() == "log" and len(drawn) == 4 and min(drawn) > 1
    texts = [text.get_text() for text in axes.texts]
    assert "3 / 10" in texts and "0 / 0" in texts


def test_recall_has_a_mark_for_each_depth_and_an_interval() -> None:
    made = recall_by_product(PRODUCTS)
    (axes,) = made.axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[0.5, 0.25], [0.4, 0.2]]
    assert made.get_suptitle() == "Recall by product: share of its acquisitions in the first 3 or 7 places"


def test_bands_in_which_nobody_acquires_are_left_out() -> None:
    table = pd.DataFrame(
        {
            "recommendations": [9, 9],
            "mean score": [0.1, 0.2],
            "share acquired": [0.1, 0.0],
            "standard error": [0.1, 0.0],
        }
    )
    (axes,) = reliability(table).axes
    assert axes.lines[1].get_xdata().tolist() == [0.1]
