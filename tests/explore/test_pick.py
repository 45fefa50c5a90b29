"""What a sentence names of a frame."""

from __future__ import annotations

import pandas as pd

from bankrec.explore.pick import cell, least, most


def test_of_equal_values_the_first_is_named() -> None:
    values = pd.Series({"a": 2, "b": 1, "c": 2, "d": 1})
    assert (most(values), least(values)) == ("a", "b")
    assert cell(values.to_frame("n"), "b", "n") == 1.0
