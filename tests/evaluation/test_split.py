"""The use of each month in the table is its use in training."""

from __future__ import annotations

import pytest

from bankrec.evaluation.split import BOTH, CALIBRATED, EVALUATED, LEARNED, UNUSED, roles, split
from bankrec.holdings import unpack
from bankrec.model import training
from bankrec.transitions import Transition


@pytest.mark.parametrize("months", [3, 9])
def test_the_models_learn_from_the_months_that_the_table_says(months, make, config, monkeypatch) -> None:
    learned = []
    acquirers_of = training.acquirers_of

    def recorded(history, t, *others):
        learned.append(t)
        return acquirers_of(history, t, *others)

    monkeypatch.setattr(training, "acquirers_of", recorded)
    history = make(300, months)
    training.fit(history.until(months - 1), config)
    of = roles(months - 1, config)
    assert learned == [t for t, role in of.items() if role in (LEARNED, BOTH)]


def test_roles_by_hand(config) -> None:
    assert roles(9, config) == {**dict.fromkeys(range(1, 8), LEARNED), 8: CALIBRATED, 9: EVALUATED}
    assert roles(3, config) == {1: LEARNED, 2: BOTH, 3: EVALUATED}
    assert roles(20, config)[3] == UNUSED and roles(20, config)[4] == LEARNED


def test_counts_are_those_of_the_months(make, config) -> None:
    history = make(200, 6)
    table = split(history, 5, config)
    step = Transition.into(history.words, 5, 24)
    assert table.index[-1] == "2015-06" and table["use"].iloc[-1] == EVALUATED
    assert table["acquisitions"].iloc[-1] == unpack(step.added, 24).sum()
    assert table["customers"].iloc[-1] == step.both.sum()
