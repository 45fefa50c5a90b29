"""Charts show the figures of their tables, with a title and named axes."""

from __future__ import annotations

import pandas as pd
import pytest

from bankrec import charts


def products() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product": ["Loan", "Funds", "Mortgage"],
            "additions": [10, 5, 0],
            "expected additions": [8.0, 6.0, 0.0],
            "shown in first 7": [3, 2, 0],
            "recall@7": [0.5, 0.25, float("nan")],
        }
    )


def test_a_bar_a_method_with_its_share_written_beside_it() -> None:
    table = pd.DataFrame({"of max": [0.5, 0.75], "low": [0.4, 0.7], "high": [0.6, 0.8]}, index=["one", "two"])
    (axes,) = charts.results(table, "Methods").axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.75]
    assert [text.get_text().strip() for text in axes.texts] == ["0.500", "0.750"]
    assert axes.get_title() == "Methods" and axes.get_xlabel() == "MAP@7, share of the maximum"


def test_recall_leaves_out_what_nobody_added() -> None:
    (axes,) = charts.recall_by_product(products()).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Funds (5)", "Loan (10)"]
    assert [bar.get_width() for bar in axes.patches] == [0.25, 0.5]


def test_the_largest_importances_alone_are_shown() -> None:
    values = pd.Series(range(30), index=[f"f{number}" for number in range(30)])
    (axes,) = charts.importance(values).axes
    assert [bar.get_width() for bar in axes.patches] == list(range(10, 30))


def test_the_share_of_a_cell_is_written_in_percent_and_none_where_it_is_0() -> None:
    table = pd.DataFrame({"2015-01": [0.0, 0.05], "2015-02": [0.5, float("nan")]}, index=["age", "renta"])
    (axes,) = charts.shares(table, "Missing", "month").axes
    assert sorted(text.get_text() for text in axes.texts) == ["5.0", "50"]


def test_a_table_has_a_line_a_column() -> None:
    table = pd.DataFrame({"Funds": [3, 4], "Loan": [1, 2]}, index=pd.Index(["2015-02", "2015-03"], name="month"))
    (axes,) = charts.lines(table, "Acquisitions by month", "customers").axes
    assert axes.get_xlabel() == "month" and [list(line.get_ydata()) for line in axes.lines] == [[3, 4], [1, 2]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Funds", "Loan"]


def test_bands_without_recommendations_are_not_shown() -> None:
    table = pd.DataFrame(
        {
            "recommendations": [100, 0],
            "mean score": [0.01, 0.0],
            "share added": [0.02, 0.0],
            "standard error": [0.001, 0.0],
        }
    )
    (axes,) = charts.reliability(table).axes
    assert axes.lines[1].get_xdata().tolist() == [0.01] and axes.lines[1].get_ydata().tolist() == [0.02]


@pytest.mark.parametrize("chart", [charts.exposure, charts.forecast])
def test_counts_of_0_have_a_place_on_a_log_scale(chart) -> None:
    (axes,) = chart(products()).axes
    assert axes.get_xscale() == "log" and axes.get_xlabel()
    drawn = [float(value) for line in axes.lines for value in line.get_xdata()]
    assert drawn and min(drawn) == 0.5


def test_a_group_without_figures_is_left_out() -> None:
    table = pd.DataFrame(
        {
            "grouping": ["age", "age"],
            "group": ["18-25", "over 65"],
            "adders": [1200.0, 3.0],
            "of max": [0.8, float("nan")],
            "of max low": [0.7, float("nan")],
            "of max high": [0.9, float("nan")],
        }
    )
    (axes,) = charts.by_group(table, 0.75).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["age: 18-25 (1,200 add)"]
