"""Numbers as readers need them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.number_texts import UNKNOWN, count, in_a_row, percent, share, times


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0%"), (1.0, "100%"), (0.3561, "35.6%"), (0.0305, "3.05%"), (0.00041, "0.041%"), (0.00000312, "0.0003%")],
)
def test_shares_have_three_digits_at_most_and_small_ones_are_not_zero(value: float, text: str) -> None:
    assert percent(value) == text


@given(st.floats(1e-6, 1.0))
def test_a_percent_is_right_to_its_last_digit(value: float) -> None:
    text = percent(value).removesuffix("%")
    last = 10.0 ** -len(text.partition(".")[2])
    assert abs(float(text) - 100 * value) <= last / 2 + 1e-9


def test_what_is_not_known_is_a_dash() -> None:
    assert [text(np.nan) for text in (count, percent, share, times)] == [UNKNOWN] * 4
    assert (count(1234.4), in_a_row([]), in_a_row(["a"])) == ("1,234", "", "a")
