"""Pairs to learn from: what was acquired is always there, the others stand for those left out."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.config import RankerConfig
from bankrec.model.negatives import pair_weights

CUSTOMERS, PRODUCTS = 3_000, 10


def months(seed: int) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    shares = [rng.dirichlet(np.full(PRODUCTS, 0.2), CUSTOMERS) for _ in range(2)]
    free = [rng.random((CUSTOMERS, PRODUCTS)) < 0.9 for _ in range(2)]
    return shares, [could & (rng.random((CUSTOMERS, PRODUCTS)) < 0.1) for could in free], free


def test_all_pairs_weigh_1_where_there_is_room() -> None:
    shares, acquired, free = months(1)
    for weights, could in zip(pair_weights(shares, acquired, free, RankerConfig(pairs=10**6), 7), free, strict=True):
        np.testing.assert_array_equal(weights, could.astype(float))


def test_the_others_are_sampled_by_their_share_and_stand_for_all() -> None:
    shares, acquired, free = months(2)
    config = RankerConfig(pairs=20_000)
    of_months = pair_weights(shares, acquired, free, config, 7)
    assert sum((weights > 0).sum() for weights in of_months) == pytest.approx(config.pairs, rel=0.02)
    for weights, share, new, could in zip(of_months, shares, acquired, free, strict=True):
        others = could & ~new
        assert (weights[new] == 1.0).all() and (weights[~could] == 0.0).all()
        assert weights[others].sum() == pytest.approx(others.sum(), rel=0.03), "the sum is as without sampling"
        kept = others & (weights > 0)
        likely, rarely = share > 0.3, share < 0.01
        assert kept[likely].sum() / others[likely].sum() > 3 * kept[rarely].sum() / others[rarely].sum()


def test_the_same_seed_gives_the_same_sample_and_another_one_another() -> None:
    first, again, other = (pair_weights(*months(3), RankerConfig(pairs=20_000), seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first[0], again[0])
    assert (first[0] != other[0]).any()
