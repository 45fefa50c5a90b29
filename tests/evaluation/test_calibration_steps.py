"""Probabilities before and after calibration, over the same candidates."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.evaluation.calibration_steps import AFTER, BEFORE, bands, probabilities, summary


def test_after_calibration_they_are_the_published_scores(held_back) -> None:
    history, month = held_back
    by_step = probabilities(history, month)
    items = month.ranked.items
    listed = items >= 0
    after = np.take_along_axis(by_step[AFTER], np.maximum(items, 0).astype(np.int64), axis=1)
    np.testing.assert_allclose(after[listed], month.ranked.scores[listed], rtol=1e-4)
    table = summary(by_step, month)
    assert list(table.index) == [BEFORE, AFTER]
    assert table.loc[AFTER, "expected"] == pytest.approx(month.quality.expected_acquisitions, rel=1e-4)
    assert table["observed"].nunique() == 1 and (table["log loss"] > 0).all()


def test_bands_before_and_after_hold_the_same_candidates(held_back) -> None:
    history, month = held_back
    tables = bands(probabilities(history, month), month)
    listed = (month.ranked.items >= 0).sum()
    assert tables[BEFORE]["recommendations"].sum() == tables[AFTER]["recommendations"].sum() == listed
