"""Charts of the models show the figures of their tables."""

from __future__ import annotations

import pandas as pd

from bankrec import model_charts


def test_a_panel_a_model_with_both_curves() -> None:
    rows = [
        ("CatBoost on pairs", "months learned from", 1, 0.5),
        ("CatBoost on pairs", "months learned from", 2, 0.4),
        ("CatBoost on pairs", "month evaluated", 2, 0.6),
        ("additive model", "months learned from", 1, 0.9),
        ("additive model", "month evaluated", 1, 1.0),
    ]
    made = model_charts.learning_curves(pd.DataFrame(rows, columns=["model", "data", "step", "loss"]))
    first, second = made.axes
    assert [axes.get_title() for axes in (first, second)] == ["CatBoost on pairs", "additive model"]
    assert [list(line.get_ydata()) for line in first.lines] == [[0.5, 0.4], [0.6]]
    assert (first.get_xlabel(), second.get_xlabel()) == ("trees", "iterations")


def test_importance_of_both_rankers() -> None:
    table = pd.DataFrame({"one": [60.0, 40.0], "two": [10.0, 90.0]}, index=["age", "products"])
    one, two = model_charts.importance(table).axes
    assert [bar.get_width() for bar in one.patches] == [60.0, 40.0]
    assert [bar.get_width() for bar in two.patches] == [10.0, 90.0]
    assert one.get_xlabel() == "% of this model's\ntotal importance"


def test_factors_are_coloured_around_0() -> None:
    axes = model_charts.factors(pd.DataFrame([[0.2, -0.4], [0.0, 0.1]], index=["Loan", "Card"], columns=[1, 2])).axes[0]
    assert axes.images[0].get_clim() == (-0.4, 0.4)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Loan", "Card"]


def test_bands_before_and_after_calibration() -> None:
    columns = {
        "recommendations": [10, 0],
        "share acquired": [0.1, 0.0],
        "mean score": [0.2, 0.0],
        "standard error": [0.1, 0.0],
    }
    table = pd.DataFrame(columns)
    axes = model_charts.calibration({"before": table, "after": table.assign(**{"mean score": [0.1, 0.0]})}).axes[0]
    drawn = [line.get_xdata().tolist() for line in axes.lines if line.get_marker() in ("s", "o")]
    assert drawn == [[0.2], [0.1]]


def test_gains_have_their_intervals() -> None:
    table = pd.DataFrame({"gain": [0.1], "low": [0.05], "high": [0.2]}, index=["ALS scores"])
    axes = model_charts.ablation(table).axes[0]
    assert axes.lines[0].get_xdata().tolist() == [0.1]
    ends = axes.collections[0].get_segments()[0][:, 0]
    assert ends.round(9).tolist() == [0.05, 0.2]


def test_a_forecast_of_each_product_that_is_expected_or_observed() -> None:
    table = pd.DataFrame(
        {
            "product": ["Loan", "Card", "Funds"],
            "acquisitions": [0, 3, 0],
            "expected acquisitions": [2.0, 4.0, 0.1],
            "low": [0, 2, 0],
            "high": [5, 9, 1],
        }
    )
    made = model_charts.forecast(table, 0.9).of("a bank")
    (axes,) = made.axes
    assert axes.get_xlabel() == "customers (log scale above 1)" and made.get_suptitle().endswith("\na bank")
    assert "90% interval" in [text.get_text() for text in made.legends[0].get_texts()]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Card", "Loan"]
    assert [list(line.get_xdata()) for line in axes.lines] == [[4.0, 2.0], [3, 0]]
