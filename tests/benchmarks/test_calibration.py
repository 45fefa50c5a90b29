"""The benchmark of calibration: right scores have a slope of 1, scores too sure have less."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.holdings import all_held, unpack
from bankrec.ranked import Ranked, ranked_items
from benchmarks.calibration import compare


def test_slopes_and_totals_by_known_chances(make) -> None:
    history = make(20_000, 15, 2)
    rng, held = np.random.default_rng(0), history.words[:, 13] & all_held(24)
    free = ~unpack(held, 24)
    chance = np.where(free, 1 / (1 + np.exp(4.0 - rng.normal(size=(20_000, 24)))), 0.0)
    for factor, shift in ((1.0, 0.0), (2.0, 0.0), (1.0, 0.5)):
        logit = np.log(np.where(free, chance, 0.5) / (1 - np.where(free, chance, 0.5)))
        score = np.where(free, 1 / (1 + np.exp(-(factor * logit + shift))), 0.0)
        items, scores = ranked_items(score, ~free)
        blank = np.full(20_000, "")
        ranked = Ranked(history.user_id, items, scores, held, blank, blank, np.zeros(20_000, np.uint64))
        products, totals = compare(history, 14, ranked, chance)
        assert totals["slopes"] > 0
        assert products["slope"].dropna().to_numpy() == pytest.approx(1 / factor, abs=1e-3)
        assert totals["expected / true"] == pytest.approx(score.sum() / chance.sum(), rel=1e-4)
        assert (totals["expected"] < 1e-3) == (factor == 1.0 and shift == 0.0)
