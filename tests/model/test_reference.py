"""The reference of drift: earlier months, sampled, and nothing of the month compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bankrec.config import Config, DriftConfig
from bankrec.holdings import PRESENT
from bankrec.model.drift import drift
from bankrec.model.reference import counts
from tests.model.conftest import SCORES, VOCABULARY, reference


def test_the_reference_sees_nothing_of_the_month_compared(make, config: Config) -> None:
    history = make(500, 8)
    words = history.words.copy()
    words[:, -1] = PRESENT
    one, other = (reference(h, config) for h in (history, replace(history, words=words)))
    for name, table in vars(one).items():
        np.testing.assert_array_equal(table, getattr(other, name), err_msg=name)
    assert one.months.tolist() == ["2015-05", "2015-06", "2015-07"] and one.length == 5


def test_a_large_bank_is_sampled(make, config: Config) -> None:
    history, few = make(4000, 8), replace(config, drift=DriftConfig(customers=1000))
    known = reference(history, few)
    assert abs(known.sample - 0.25) < 0.02
    seen = counts(history, known, VOCABULARY, few)
    assert 800 < seen[: known.sizes[0]].sum() < 1200
    assert drift(seen, SCORES, known, few.drift).largest()[1] < 0.25
