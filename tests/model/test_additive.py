"""The additive model: shares over what is free, and weights that are known."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from bankrec.config import AdditiveConfig
from bankrec.model.additive import Additive, log_shares, train_additive
from bankrec.model.states import States


def test_the_fit_recovers_the_weights_of_the_data() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, (6_000, 2)).astype(np.int16)
    nothing = np.zeros(0, np.uint64)
    truth = Additive(rng.normal(size=(6, 24)), np.zeros(24), nothing)
    known = States(codes, ("a", "b"), (3, 3))
    level = np.broadcast_to(rng.normal(size=24), (6_000, 24))
    chance = np.exp(log_shares(known.sums(truth.weights, truth.intercept) + level, np.ones((6_000, 24), dtype=bool)))
    drawn = (chance.cumsum(axis=1) > rng.random((6_000, 1))).argmax(axis=1)
    fitted = train_additive(
        sp.csr_matrix(known.one_hot()),
        np.eye(24)[drawn],
        np.ones((6_000, 24), dtype=bool),
        level,
        np.ones(6_000),
        nothing,
        AdditiveConfig(l2=0.1, iterations=100),
    )
    shares = np.exp(log_shares(known.sums(fitted.weights, fitted.intercept) + level, np.ones((6_000, 24), dtype=bool)))
    assert np.abs(shares - chance).max() < 0.06
