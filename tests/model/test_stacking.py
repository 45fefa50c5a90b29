"""Stacking: an adder's own score is of a model that has not seen what the adder acquires."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.model.base_rates import levels
from bankrec.model.examples import adders_of
from bankrec.model.stacking import fit_additive
from bankrec.model.vocabulary import learn_vocabulary


def test_scores_do_not_change_with_what_the_adder_acquires(make, config) -> None:
    history = make(400, 6)
    seen, vocabulary, t = levels(history), learn_vocabulary(history.until(3)), 3
    month = adders_of(history, t, seen, vocabulary, config, np.ones(400, dtype=bool), 1.0)
    _, (scores,) = fit_additive(history, [month], config)
    free = np.flatnonzero(month.free[0])
    other = month.shares.copy()
    other[0] = 0.0
    other[0, free[-1] if month.shares[0, free[-1]] == 0 else free[0]] = 1.0
    _, (again,) = fit_additive(history, [replace(month, shares=other)], config)
    np.testing.assert_array_equal(scores[0], again[0])
    assert np.abs(scores - again).max() > 0, "those of the other fold do"
