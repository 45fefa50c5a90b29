"""Importance of both rankers adds up to 100, and is highest for the effect that a model was built on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.evaluation.importance import ADDITIVE, PAIRS, WHETHER, by_topic
from bankrec.holdings import all_held
from bankrec.model.additive import Additive
from bankrec.model.crossings import crossed
from bankrec.model.feature_meanings import HELD, OWN_PAST, WHICH
from bankrec.model.states import states


def test_each_model_adds_up_to_100(held_back) -> None:
    history, month = held_back
    table = by_topic(history, month.recommender, month.target)
    assert list(table.columns) == [PAIRS, ADDITIVE, WHETHER]
    assert table.sum().tolist() == pytest.approx([100.0, 100.0, 100.0])
    assert (table >= 0).all().all()


def test_an_additive_model_of_one_effect_looks_at_that_alone(held_back) -> None:
    """Weights of the state of one product for itself: its own past; for all others: another product."""
    history, month = held_back
    of, past = month.recommender, history.until(month.target)
    held = past.words[:, -1] & all_held(history.bank.n)
    known = crossed(states(past, of.vocabulary, of.config), held, of.additive.baskets, history.bank)
    n = history.bank.n
    for product, topic in ((1, OWN_PAST), (2, HELD)):
        weights = np.zeros((sum(known.sizes), n))
        first = int(known.offsets()[known.names.index(history.bank.ids[product])])
        weights[first : first + 8, 1] = np.linspace(-1, 1, 8)
        table = by_topic(
            history, replace(of, additive=Additive(weights, np.zeros(n), of.additive.baskets)), month.target
        )
        assert table[ADDITIVE].drop(index=WHICH).idxmax() == topic
        assert table[ADDITIVE].drop(index=[WHICH, topic]).sum() == pytest.approx(0.0)
