"""Bands: an edge begins a band, names stand in the order of the bands."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.bank import bands
from bankrec.bank.bands import Bands
from bankrec.bank.files import santander


def test_the_examples_hold() -> None:
    assert doctest.testmod(bands).failed == 0


def test_an_edge_begins_a_band() -> None:
    assert len(Bands((10, 20))) == 3
    assert Bands((10, 20)).of(np.array([-1.5, 9.99, 10, 19, 20, 1e9])).tolist() == [0, 0, 1, 1, 2, 2]


@given(st.lists(st.integers(1, 200), min_size=1, max_size=9, unique=True), st.integers(0, 300))
def test_a_value_is_in_the_band_that_its_name_says(edges: list[int], value: int) -> None:
    cut = Bands(tuple(sorted(edges)), Bands.names_of(tuple(sorted(edges))))
    assert len(cut.names) == len(cut) == len(set(cut.names))
    name = str(cut.named(value))
    low, _, high = name.rstrip("+").partition("-")
    assert int(low) <= value and (name.endswith("+") or value <= int(high))


def test_names_of_parts_of_a_number_are_the_edges() -> None:
    assert Bands.names_of((0.5, 1.25)) == ("0-0.5", "0.5-1.25", "1.25+")


@pytest.mark.parametrize(
    ("name", "purpose", "values", "expected"),
    [
        ("age", "report", [17, 25, 26, 66], ["under 18", "18-25", "26-35", "over 65"]),
        ("age", "reason", [17, 18, 65, 66], ["0-17", "18-21", "51-65", "66+"]),
        ("tenure", "report", [11, 12, 36, 120], ["under 1 year", "1-3 years", "3-10 years", "over 10 years"]),
        ("tenure", "reason", [11, 12, 36, 120], ["0-1", "1-3", "3-10", "10+"]),
    ],
)
def test_each_purpose_has_bands_of_its_own(name: str, purpose: str, values: list[int], expected: list[str]) -> None:
    column = next(column for column in santander().profile if column.name == name)
    cut = column.cut(purpose)  # type: ignore[arg-type]
    assert cut is not None and cut.named(values).tolist() == expected
