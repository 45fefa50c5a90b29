"""The usual customer's shares: a softmax of the surrogate's intercepts over what is free."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.explain.surrogate import Surrogate, usual_shares


def usual(intercept: np.ndarray) -> Surrogate:
    return Surrogate(np.zeros((1, 24)), intercept, np.array(np.nan))


def test_shares_by_hand() -> None:
    """Products 0 and 1 stand 3 to 1; where product 0 is not free, product 1 has all of it."""
    intercept, free = np.zeros(24), np.zeros((2, 24), np.bool_)
    intercept[0] = np.log(3.0)
    free[:, 1], free[0, 0] = True, True
    shares = usual_shares(usual(intercept), free)
    assert shares[0, :2].tolist() == pytest.approx([0.75, 0.25]) and shares[1, :2].tolist() == [0.0, 1.0]
    assert (shares[:, 2:] == 0).all()


def test_shares_add_up_over_what_is_free() -> None:
    rng = np.random.default_rng(0)
    free = rng.random((50, 24)) < 0.5
    free[:, 3] = True
    np.testing.assert_allclose(usual_shares(usual(rng.normal(size=24)), free).sum(axis=1), 1.0)
