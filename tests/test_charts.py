"""Charts show the figures of their tables, with a title and named axes."""

from __future__ import annotations

import pandas as pd

from bankrec import charts


def products() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product": ["Loan", "Funds", "Mortgage"],
            "acquisitions": [10, 5, 0],
            "shown in first 7": [3, 2, 0],
            "recall@7": [0.5, 0.25, float("nan")],
        }
    )


def test_a_bar_a_method_with_its_share_written_beside_it() -> None:
    table = pd.DataFrame({"of max": [0.5, 0.75], "low": [0.4, 0.7], "high": [0.6, 0.8]}, index=["one", "two"])
    (axes,) = charts.results(table, "Methods").axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.75]
    assert [text.get_text().strip() for text in axes.texts] == ["0.500", "0.750"]
    assert axes.get_xlabel() == "MAP@7, share of the maximum, with 95% interval"


def test_recall_leaves_out_what_nobody_added() -> None:
    (axes,) = charts.recall_by_product(products()).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Loan (10)", "Funds (5)"]
    assert axes.lines[0].get_xdata().tolist() == [0.5, 0.25]


def test_the_largest_importances_alone_are_shown() -> None:
    values = pd.Series(range(30), index=[f"f{number}" for number in range(30)])
    (axes,) = charts.importance(values).axes
    assert [bar.get_width() for bar in axes.patches] == list(range(29, 9, -1))


def test_a_table_has_a_line_a_column() -> None:
    table = pd.DataFrame({"Funds": [3, 4], "Loan": [1, 2]}, index=pd.Index(["2015-02", "2015-03"], name="month"))
    made = charts.lines(table, "Acquisitions by month", "customers")
    (axes,) = made.axes
    assert axes.get_xlabel() == "month" and [list(line.get_ydata()) for line in axes.lines] == [[3, 4], [1, 2]]
    assert [text.get_text() for text in made.legends[0].get_texts()] == ["Funds", "Loan"]


def test_bands_without_recommendations_are_not_shown() -> None:
    table = pd.DataFrame(
        {
            "recommendations": [100, 0],
            "mean score": [0.01, 0.0],
            "share acquired": [0.02, 0.0],
            "standard error": [0.001, 0.0],
        }
    )
    (axes,) = charts.reliability(table).axes
    assert axes.lines[1].get_xdata().tolist() == [0.01] and axes.lines[1].get_ydata().tolist() == [0.02]


def test_a_group_without_figures_is_left_out() -> None:
    table = pd.DataFrame(
        {
            "grouping": ["age", "age"],
            "group": ["18-25", "over 65"],
            "acquirers": [1200.0, 3.0],
            "of max": [0.8, float("nan")],
            "of max low": [0.7, float("nan")],
            "of max high": [0.9, float("nan")],
        }
    )
    (axes,) = charts.by_group(table, 0.75).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["age: 18-25 (1,200)"]
