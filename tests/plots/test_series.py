"""Series: bars, lines, histograms, intervals."""

from __future__ import annotations

import pandas as pd

from bankrec.plots.series import bars, histograms, lines, monthly, parts


def test_a_bar_has_its_number_and_a_zero_is_no_bar() -> None:
    made = bars(pd.Series({"Funds": 1_200, "Loan": 0}), "Held", "customers")
    (axes,) = made.axes
    assert [bar.get_width() for bar in axes.patches] == [1_200]
    assert [text.get_text().strip() for text in axes.texts] == ["1,200", "0"]
    assert made.alt == "Held. customers: Funds 1,200; Loan 0."
    beside = bars(pd.Series({"Funds": 3}), "Held", "customers", beside=pd.Series({"Funds": 2}, name="published"))
    assert [text.get_text() for text in beside.legends[0].get_texts()] == ["published", "this data"]


def test_on_a_log_scale_a_zero_is_not_drawn() -> None:
    (axes,) = bars(pd.Series({"Funds": 0.1, "Loan": 0.0}), "Held", "share", log=True, share=True).axes
    assert axes.lines[0].get_xdata().tolist() == [0.1] and axes.texts[1].get_text() == "0%"


def test_lines_on_a_log_scale_have_a_gap_where_there_is_nothing() -> None:
    table = pd.DataFrame({"joined": [0, 5]}, index=pd.Index(["2015-01", "2015-02"], name="month"))
    (axes,) = lines(table, "Joined", "customers", log=True).axes
    assert pd.isna(axes.lines[0].get_ydata()[0]) and axes.get_yscale() == "log"


def test_a_histogram_has_a_column_a_band() -> None:
    (axes,) = histograms({"years": pd.Series([3, 4], index=[0.0, 0.5])}, "Ages", "customers").axes
    assert [bar.get_height() for bar in axes.patches] == [3, 4]


def test_shares_by_month_have_intervals() -> None:
    table = pd.DataFrame({"share": [0.1, 0.2], "low": [0.05, 0.1], "high": [0.2, 0.4]}, index=["2015-01", "2015-02"])
    made = monthly(table, "Acquire", "share", beside=pd.Series({"2015-01": 0.12}, name="published"))
    assert "Highest in 2015-02 (20.0%)" in made.alt
    assert [text.get_text() for text in made.legends[0].get_texts()] == ["published", "this data, 95% interval"]


def test_parts_of_a_row_are_drawn_the_largest_first() -> None:
    index = pd.MultiIndex.from_tuples([("sex", "women"), ("sex", "men")])
    made = parts(pd.DataFrame({"share": [0.4, 0.6]}, index=index), "Columns")
    assert [round(bar.get_width(), 3) for bar in made.axes[0].patches] == [0.6, 0.4]
    assert [text.get_text() for text in made.axes[0].texts] == ["men 60.0%", "women 40.0%"]
