"""Stacking: an acquirer's own score is of a model that has not seen what the acquirer acquires."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.model.base_rates import base_rates
from bankrec.model.examples import acquirers_of
from bankrec.model.stacking import fit_additive
from bankrec.model.vocabulary import learn_vocabulary


def test_scores_do_not_change_with_what_the_acquirer_acquires(make, config) -> None:
    history = make(400, 6)
    seen, vocabulary, t = base_rates(history), learn_vocabulary(history.until(3)), 3
    month = acquirers_of(history, t, seen, vocabulary, config, np.ones(400, dtype=bool), 1.0)
    _, (scores,) = fit_additive(history, [month], config)
    free = np.flatnonzero(month.free[0])
    other = month.shares.copy()
    other[0] = 0.0
    other[0, free[-1] if month.shares[0, free[-1]] == 0 else free[0]] = 1.0
    _, (again,) = fit_additive(history, [replace(month, shares=other)], config)
    np.testing.assert_array_equal(scores[0], again[0])
    assert np.abs(scores - again).max() > 0, "those of the other fold do"
