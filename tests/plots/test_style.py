"""One style: titles, numbers, texts that stand for pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bankrec.plots.style import Chart, figure, listed, months_below


def test_a_chart_names_its_data_in_title_and_text() -> None:
    made, _ = figure("Customers", "month", "customers")
    assert made.of("simulated bank") is made
    assert made.get_suptitle() == "Customers\nsimulated bank" and made.alt == "Customers. Data: simulated bank."


def test_the_picture_is_small_and_700_pixels_wide_where_it_is_shown() -> None:
    made, _ = figure("Customers", "month", "customers")
    picture = Image.open(io.BytesIO(made.png()))
    assert picture.width == 840 and picture.mode == "P" and len(made.png()) < 40_000
    assert isinstance(made, Chart) and 100 * made.get_figwidth() == 700


def test_long_titles_are_wrapped() -> None:
    made, _ = figure("word " * 40, "", "")
    assert max(len(line) for line in made.get_suptitle().splitlines()) <= 92


def test_lists_say_how_many_more() -> None:
    assert listed({"a": "1", "b": "2", "c": "3"}, 2) == "a 1; b 2; and 1 more."


@pytest.mark.parametrize(("months", "ticks"), [(16, 16), (18, 18), (36, 18), (60, 15)])
def test_months_have_a_tick_each_while_there_is_room(months: int, ticks: int) -> None:
    _, axes = figure("", "", "")
    months_below(axes, [str(month) for month in range(months)])
    assert len(axes.get_xticks()) == ticks
