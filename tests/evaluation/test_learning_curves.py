"""Learning curves: losses recorded in the fit, and losses of the month evaluated."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.evaluation.importance import ADDITIVE, PAIRS, WHETHER
from bankrec.evaluation.learning_curves import EVALUATED, LEARNED, examples, learning_curves


def test_curves_have_all_steps_and_fall_on_what_was_learned(held_back) -> None:
    history, month = held_back
    of = month.recommender
    table = learning_curves(history, of, month.target)
    curves = table.set_index(["model", "data"])["loss"]
    for model, steps in ((PAIRS, of.ranker.tree_count_), (WHETHER, of.activity.tree_count_)):
        assert len(curves[model, LEARNED]) == steps
        assert table[(table["model"] == model) & (table["data"] == EVALUATED)]["step"].max() == steps
    assert len(curves[ADDITIVE, LEARNED]) == len(of.additive.losses) > 3
    assert (np.diff(of.additive.losses) <= 1e-9).all(), "L-BFGS goes down alone"
    for model in (PAIRS, ADDITIVE, WHETHER):
        assert curves[model, LEARNED].iloc[-1] < curves[model, LEARNED].iloc[0]


def test_the_last_loss_is_that_of_the_whole_model(held_back) -> None:
    """Log loss of the pairs, from all trees and the level of the month, by hand."""
    history, month = held_back
    of = month.recommender
    table = learning_curves(history, of, month.target)
    _, pairs, _ = examples(history, of, month.target)
    raw = of.ranker.predict(pairs.x, prediction_type="RawFormulaVal") + pairs.baseline
    chance = 1 / (1 + np.exp(-raw))
    loss = -np.log(np.where(pairs.y, chance, 1 - chance))
    rows = table[(table["model"] == PAIRS) & (table["data"] == EVALUATED)]
    assert rows["loss"].iloc[-1] == pytest.approx(np.average(loss, weights=pairs.weight), rel=1e-5)
