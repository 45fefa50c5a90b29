"""Cells of segment and age by hand, and rates of cells: rates of few customers are shrunk towards that of all."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from bankrec.config import PopularityConfig
from bankrec.history import History, ages, first_ages
from bankrec.model.popularity import acquisitions, by_cell, cells, number_of_cells, of_acquisitions, segment_by_age
from tests.santander import BANK, person, word

TOP, STUDENT = (int(word(segment_code=code)) for code in (1, 3))
PRODUCT = 4


@pytest.fixture
def history() -> History:
    """Two months of three customers: one turns 18, one adds the product, one holds it from the start."""
    words = np.array([[STUDENT, STUDENT], [TOP, TOP | 1 << PRODUCT], [TOP | 1 << PRODUCT, TOP | 1 << PRODUCT]])
    persons = person(np.array([[17, 18], [30, 30], [70, 70]]))
    profile = pa.table({"age": pa.array([17, 30, 70], pa.int16())})
    months = (date(2015, 1, 28), date(2015, 2, 28))
    return History(BANK, np.array([1, 2, 3]), months, words.astype(np.uint64), persons, profile)


def test_a_cell_is_a_segment_and_a_band_of_age(history: History) -> None:
    """Eight bands: up to 17, 18 to 21, 22 to 25, 26 to 30, ..., from 66."""
    assert number_of_cells(BANK) == 4 * 8
    assert segment_by_age(history, first_ages).tolist() == [3 * 8 + 0, 8 + 3, 8 + 7]


def test_popularity_knows_the_first_age_and_reasons_the_latest(history: History) -> None:
    assert first_ages(history).tolist() == [17, 30, 70] and ages(history).tolist() == [18, 30, 70]
    assert cells(history).tolist() == [24, 11, 15]
    assert segment_by_age(history, ages).tolist() == [25, 11, 15]


def test_acquisitions_and_who_could_add_are_counted_by_cell(history: History) -> None:
    added, free = acquisitions(history, 3)
    assert cells(history).tolist() == [24, 11, 15]
    assert added[:, PRODUCT].nonzero()[0].tolist() == [11] and added.sum() == 1
    assert free[[24, 11, 15], PRODUCT].tolist() == [1, 1, 0]
    assert free[15].sum() == 23 and free.sum() == 24 + 24 + 23


def test_rates_of_cells_are_shrunk_towards_that_of_all(history: History) -> None:
    """One of the two who could adds it: half. With two customers' weight (1 + 2 / 2) / (1 + 2), (0 + 1) / 3, 1 / 2."""
    config = PopularityConfig(strength=2.0)
    assert of_acquisitions(history, config)[PRODUCT] == 0.5
    assert by_cell(history, config)[[11, 24, 15], PRODUCT].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 2])
