"""The rankers: shares, the additive model against a known truth, base rates and their forecast."""

from __future__ import annotations

import numpy as np

from bankrec.model import ranker


def test_shares_add_up_over_what_is_free() -> None:
    rng = np.random.default_rng(0)
    held = rng.integers(0, 2**24 - 1, 200).astype(np.uint64)
    log_share = ranker.blended(rng.normal(size=(200, 24)), rng.normal(size=(200, 24)), held, 0.3)
    np.testing.assert_allclose(np.exp(log_share).sum(axis=1), 1.0)
    is_held = (held[:, None] >> np.arange(24, dtype=np.uint64)) & 1 == 1
    assert (np.exp(log_share)[is_held] == 0).all()


def test_blend_is_either_model_at_its_ends() -> None:
    rng = np.random.default_rng(1)
    pair, additive = rng.normal(size=(2, 50, 24))
    nothing = np.zeros(50, dtype=np.uint64)
    for share, model in ((0.0, pair), (1.0, additive)):
        blend = ranker.blended(pair, additive, nothing, share)
        assert (blend.argsort(axis=1) == model.argsort(axis=1)).all()


def test_joint_chance_is_the_product() -> None:
    log_share, activity = np.log(np.full((2, 24), 0.25)), np.array([0.0, -3.0])
    chance = 1 / (1 + np.exp(-ranker.joint_logits(log_share, activity, 20.0)))
    np.testing.assert_allclose(chance[:, 0], 0.25 / (1 + np.exp(-activity)))
