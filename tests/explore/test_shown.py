"""Numbers as readers need them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec.explore.shown import shown


def test_counts_are_whole_shares_have_three_digits_and_what_is_unknown_is_a_dash() -> None:
    table = pd.DataFrame(
        {
            "rows": [197_707, 5],
            "lost": [22.0, np.nan],
            "share": [0.0305, 1.0],
            "times": [36.3, 0.177],
            "kind": ["a", None],
        }
    )
    assert shown(table).to_numpy().tolist() == [
        ["197,707", "22", "0.0305", "36", "a"],
        ["5", "–", "1.000", "0.18", "–"],
    ]
