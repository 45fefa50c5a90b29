"""The protocol of the first study: what is held counts as a hit."""

import numpy as np
import pytest

from bankrec.evaluation.holdings_protocol import PUBLISHED, beside_the_first_study, first_study, held_first
from tests.evaluation.three_customers import padded, word


def test_the_first_study_rewards_what_is_held() -> None:
    held = np.array([word(4, 5), word(4)], np.uint64)
    after = np.array([word(4, 5, 2), word(4)], np.uint64)
    items = padded([2, 3], [7])
    assert held_first(items, held)[:, :4].tolist() == [[4, 5, 2, 3], [4, 7, -1, -1]]
    table = first_study(items, held, after).set_index(["ranking", "k"])
    assert table.loc[("what they already hold", 1), "precision"] == 1.0
    assert table.loc[("what they already hold", 5), "recall"] == pytest.approx((2 / 3 + 1) / 2)
    assert table.loc[("what they hold, then our list", 5), "recall"] == 1.0
    assert table.loc[("our list (nothing they hold)", 1), "precision"] == 0.5


def test_published_figures_stand_first_and_state_no_k() -> None:
    held = np.array([word(4, 5), word(4)], np.uint64)
    ours = first_study(padded([2, 3], [7]), held, held)
    table = beside_the_first_study(ours)
    assert table.iloc[0].tolist()[1:] == ["not stated", *PUBLISHED.values()]
    assert table["k"].tolist()[1:] == ours["k"].tolist() == [1, 5] * 3 and len(table) == 7
