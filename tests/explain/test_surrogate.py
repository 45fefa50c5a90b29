"""The surrogate: sums of parts are explained whole, and by the right parts; shares of the usual customer."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.explain import surrogate
from bankrec.explain.surrogate import Surrogate, usual_shares
from bankrec.model.states import States


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


def test_parts_of_a_score_that_is_a_sum_of_parts() -> None:
    """State 1 of the first field adds 2 to every product, the second field nothing; no customer holds anything."""
    rng = np.random.default_rng(0)
    known = States(rng.integers(0, 2, (3_000, 2)).astype(np.int16), ("moves", "rests"), (2, 2))
    score = np.broadcast_to(2.0 * known.codes[:, :1] - 1.0, (3_000, 24))
    weight = np.ones((3_000, 24))
    parts, intercept = surrogate._fit(known, score, weight, 1.0)
    np.testing.assert_allclose(parts[1] - parts[0], 2.0, rtol=0.01)
    np.testing.assert_allclose(parts[3] - parts[2], 0.0, atol=0.01)
    assert surrogate._explained(known.sums(parts, intercept), score, weight) > 0.999


def test_holders_of_a_product_do_not_count_for_it() -> None:
    """Holders of product 4 have weight 0 there: their scores move its parts no more than if they were not there."""
    rng = np.random.default_rng(1)
    known = States(rng.integers(0, 3, (2_000, 1)).astype(np.int16), ("a",), (3,))
    score, weight = rng.normal(size=(2_000, 24)), np.ones((2_000, 24))
    weight[:500, 4] = 0.0
    wild = score.copy()
    wild[:500, 4] = 1e3
    calm, moved = (surrogate._fit(known, one, weight, 1.0) for one in (score, wild))
    np.testing.assert_allclose(moved[0], calm[0], atol=1e-6)
    np.testing.assert_allclose(moved[1], calm[1], atol=1e-6)


def test_what_is_explained_by_hand() -> None:
    score, weight = np.tile(np.array([[0.0], [2.0]]), (1, 24)), np.ones((2, 24))
    assert surrogate._explained(score, score, weight) == 1.0
    assert surrogate._explained(np.ones((2, 24)), score, weight) == 0.0, "the mean explains nothing"
    assert surrogate._explained(np.full((2, 24), [[0.5], [1.5]]), score, weight) == pytest.approx(0.75)
    assert np.isnan(surrogate._explained(score, score, np.zeros((2, 24))))
