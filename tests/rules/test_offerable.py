"""What the months of a bank say may be offered: products not stopped, and those that minors add."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.holdings import PRESENT
from bankrec.model.base_rates import base_rates
from bankrec.rules.offerable import learn_offerable, stopped
from tests.santander import person


def test_minors_of_the_bank_are_those_whom_the_snapshot_of_the_acquisition_calls_minors(make, config: Config) -> None:
    """Two customers of 17 add a product in the last month; it counts as what minors add unless they are 18 by then."""
    history = make(300, 5)
    words, persons = history.words.copy(), history.persons.copy()
    words[:2], persons[:2] = PRESENT, person(17)
    words[:2, 4] |= np.uint64(1 << 14)
    for age, expected in ((17, True), (18, False)):
        persons[:2, 4] = person(age)
        past = replace(history, words=words, persons=persons)
        assert learn_offerable(past, base_rates(past).acquisitions(), config.offerable).minors[14] == expected


@pytest.mark.parametrize(("silent", "expected"), [(1, False), (2, False), (3, True), (5, True)])
def test_stopped_when_ten_acquisitions_were_likely(silent: int, expected: bool) -> None:
    added = np.full((12, 24), 50.0)
    added[:, 9] = 4.0
    added[12 - silent :, 9] = 0.0
    products_stopped = stopped(added, 10.0)
    assert products_stopped[9] == expected and products_stopped.sum() == int(expected)


def test_never_added_is_not_stopped() -> None:
    assert not stopped(np.zeros((12, 24)), 10.0).any()
