"""Drift against the training months: small from month to month, large where a month is broken."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.history import History
from bankrec.model.drift import LEFT_OUT, Drift, Reference, drift, psi
from bankrec.model.reference import counts
from bankrec.model.states import states
from bankrec.ranked import SCORE_BANDS, by_band
from benchmarks.drift import SHIFTS
from tests.model.conftest import SCORES, VOCABULARY, reference


def compared(month: History, known: Reference, config: Config) -> Drift:
    return drift(counts(month, known, VOCABULARY, config), SCORES, known, config.drift)


def test_the_index_by_hand() -> None:
    seen, expected = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.75, 0.0])
    assert psi(seen, expected, 1e-4) == pytest.approx(0.25 * np.log(2) - 0.25 * np.log(2 / 3))
    assert psi(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 1e-4) == pytest.approx(2 * 0.9999 * np.log(1e4))


@pytest.mark.parametrize("t", range(2, 15))
def test_every_month_is_like_those_before_it(make, config: Config, t: int) -> None:
    """Histories of any length: differences by the number of months observed are no drift."""
    past = make(4000, 14, 2).until(t)
    drift = compared(past, reference(past, config), config)
    assert drift.largest()[1] < 0.05 and drift.scores == 0.0, drift.as_dict()
    left_out = {*LEFT_OUT, "tenure"}
    assert not set(drift.features) & left_out
    assert set(drift.features) | left_out == set(states(past, VOCABULARY, config).names)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("months", [3, 14])
def test_a_broken_month_is_loud(make, config: Config, months: int, shift: str) -> None:
    past = make(4000, months, 2).until(months)
    drift = compared(SHIFTS[shift](past), reference(past, config), config)
    name, index = drift.largest()
    expected = dict(zip(SHIFTS, ("age", "activity", "ind_recibo_ult1"), strict=True))[shift]
    assert name == expected and index > 0.5, drift.as_dict()


def test_scores_are_compared_by_band(make, config: Config) -> None:
    known = reference(make(200, 4), config)
    assert len(known.scores) == len(SCORE_BANDS) - 1 and known.scores.sum() == 1.0
    seen = counts(make(200, 4), known, VOCABULARY, config)
    assert drift(seen, by_band(np.full(100, 0.2)), known, config.drift).scores > 1.0
