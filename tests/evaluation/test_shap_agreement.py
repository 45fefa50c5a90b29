"""Reasons against SHAP values of the ranker's trees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.evaluation.shap_agreement import FEATURE_GROUPS, agreement
from bankrec.explain.explainer import explain
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.model.training import fit


def test_shap_values_know_every_feature_and_agree_where_the_answer_is_planted(
    history_of: Callable[..., History], config: Config
) -> None:
    """Who holds 2 adds 12, who does not adds 7: what CatBoost says moved the score is what is told."""
    rng = np.random.default_rng(0)
    holds = rng.random(600) < 0.5
    words = np.full((600, 8), PRESENT, dtype=np.uint32) | np.where(holds, np.uint32(4), np.uint32(8))[:, None]
    for month in range(1, 8):
        words[:, month] |= np.where(rng.random(600) < 0.2, np.where(holds, np.uint32(1 << 12), np.uint32(1 << 7)), 0)
    bank = history_of(words.astype(np.uint32))
    recommender = fit(bank, config, progress=False)
    explainer = explain(bank, recommender)
    assert set(recommender.ranker.feature_names_) <= set(FEATURE_GROUPS), "a new feature belongs to a group"
    found = agreement(bank, explainer, 300)
    share = found.agreement
    assert share is not None and share.value > 0.9 and share.low <= share.value <= share.high
    assert found.by_group["other products"].reasons > 100
    assert sum(group.share_of_what_moves or 0.0 for group in found.by_group.values()) == pytest.approx(1.0)
    assert float(explainer.surrogate.explained) > 0.5
