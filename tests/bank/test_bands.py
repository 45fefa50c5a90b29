"""Bands: an edge begins a band, names stand in the order of the bands."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from bankrec.bank import bands
from bankrec.bank.bands import CELL_AGES, GROUP_AGES, GROUP_TENURES, REASON_TENURES, STATE_AGES, Bands


def test_the_examples_hold() -> None:
    assert doctest.testmod(bands).failed == 0


def test_an_edge_begins_a_band() -> None:
    assert len(Bands((10, 20))) == 3
    assert Bands((10, 20)).of(np.array([-1.5, 9.99, 10, 19, 20, 1e9])).tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("named", [CELL_AGES, GROUP_AGES, GROUP_TENURES, REASON_TENURES])
def test_each_band_has_a_name(named: Bands) -> None:
    assert len(named.names) == len(named) == len(set(named.names))
    assert list(named.edges) == sorted(named.edges)


def test_names_say_who_is_in_the_band() -> None:
    assert CELL_AGES.names == ("0-17", "18-21", "22-25", "26-30", "31-40", "41-50", "51-65", "66+")
    assert CELL_AGES.named([17, 18, 65, 66]).tolist() == ["0-17", "18-21", "51-65", "66+"]
    assert GROUP_AGES.named([17, 25, 26, 66]).tolist() == ["under 18", "18-25", "26-35", "over 65"]
    assert GROUP_TENURES.named([11, 12, 36, 120]).tolist() == [
        "under 1 year",
        "1-3 years",
        "3-10 years",
        "over 10 years",
    ]
    assert REASON_TENURES.named([11, 12, 36, 120]).tolist() == ["0-1", "1-3", "3-10", "10+"]
    assert STATE_AGES.of([17, 19, 70]).tolist() == [0, 1, 13]
