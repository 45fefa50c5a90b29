"""The rankers: shares, the additive model against a known truth, levels and their forecast."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from bankrec.config import AdditiveConfig, LevelConfig
from bankrec.model import ranker
from bankrec.model.additive import Additive, log_shares, train_additive
from bankrec.model.season import forecast
from bankrec.model.states import States


def test_shares_add_up_over_what_is_free() -> None:
    rng = np.random.default_rng(0)
    held = rng.integers(0, 2**24 - 1, 200).astype(np.uint32)
    log_share = ranker.blended(rng.normal(size=(200, 24)), rng.normal(size=(200, 24)), held, 0.5)
    np.testing.assert_allclose(np.exp(log_share).sum(axis=1), 1.0)
    is_held = (held[:, None] >> np.arange(24, dtype=np.uint32)) & 1 == 1
    assert (np.exp(log_share)[is_held] == 0).all()


def test_blend_of_one_model_keeps_its_order() -> None:
    rng = np.random.default_rng(1)
    pair, additive, held = rng.normal(size=(50, 24)), rng.normal(size=(50, 24)), np.zeros(50, dtype=np.uint32)
    for share, logits in ((0.0, pair), (1.0, additive)):
        found = ranker.blended(pair, additive, held, share)
        assert (found.argsort(axis=1) == logits.argsort(axis=1)).all()


def test_joint_chance_is_the_product() -> None:
    log_share, activity = np.log(np.full((2, 24), 0.25)), np.array([0.0, -3.0])
    chance = 1 / (1 + np.exp(-ranker.joint_logits(log_share, activity)))
    np.testing.assert_allclose(chance[:, 0], 0.25 / (1 + np.exp(-activity)))


def test_additive_model_finds_the_weights_it_was_made_from() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, (6_000, 2)).astype(np.int16)
    truth = Additive(rng.normal(size=(6, 24)), np.zeros(24), np.array(["KHE"]))
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
        truth.channels,
        AdditiveConfig(l2=0.1, iterations=100),
    )
    found = np.exp(log_shares(known.sums(fitted.weights, fitted.intercept) + level, np.ones((6_000, 24), dtype=bool)))
    assert np.abs(found - chance).max() < 0.06


def expected_rates(added: np.ndarray, free: np.ndarray, decay: float = 0.6) -> np.ndarray:
    return np.exp(forecast(added, free, LevelConfig(season_strength=1.0), decay=decay, window=6))


def test_forecast_of_a_steady_bank_is_its_rate() -> None:
    added, free = np.full((14, 24), 300.0), np.full((14, 24), 10_000.0)
    np.testing.assert_allclose(expected_rates(added, free), 0.03, rtol=0.01)


def test_forecast_knows_last_years_season() -> None:
    """June brings twice as much; 17 months in, June is next."""
    added, free = np.full((16, 24), 300.0), np.full((16, 24), 10_000.0)
    added[4] *= 2.0  # target month 5 is June 2015, and month 17 June 2016
    np.testing.assert_allclose(expected_rates(added, free), 0.06, rtol=0.02)
    np.testing.assert_allclose(expected_rates(added[:15], free[:15]), 0.03, rtol=0.02)


def test_forecast_follows_a_product_that_dies_out() -> None:
    added, free = np.full((16, 24), 300.0), np.full((16, 24), 10_000.0)
    added[10:, 3] = 0.0
    assert expected_rates(added, free)[3] < 0.0002


def test_a_jump_weighs_less_the_longer_the_memory() -> None:
    added, free = np.full((10, 24), 300.0), np.full((10, 24), 10_000.0)
    added[-1] *= 4.0
    assert (expected_rates(added, free, decay=1.0) < 0.04).all()
    assert (expected_rates(added, free) > 0.04).all()
    everything = np.exp(forecast(added, free, LevelConfig(), decay=1.0))
    np.testing.assert_allclose(everything, 0.03 * 4**0.1, rtol=0.01)
