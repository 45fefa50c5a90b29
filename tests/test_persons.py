"""What a snapshot states of a person: packed into 16 bits and read back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bankrec.persons import RESIDENCES, age, deceased, pack, province, residence


@given(st.integers(0, 127), st.integers(0, 127), st.sampled_from(RESIDENCES))
def test_what_is_packed_is_read_back(years: int, code: int, place: str) -> None:
    person = pack(years, code, place)
    assert person.dtype == np.uint16
    assert (age(person), province(person), residence(person)) == (years, code, place)
    assert not deceased(person)


@given(st.integers(0, 127), st.integers(0, 127), st.sampled_from(RESIDENCES))
def test_the_deceased_keep_age_and_province_and_live_nowhere(years: int, code: int, place: str) -> None:
    person = pack(years, code, place, deceased=True)
    assert deceased(person)
    assert (age(person), province(person), residence(person)) == (years, code, "UNKNOWN")


def test_a_month_without_a_row_states_nothing() -> None:
    nothing = np.zeros(1, np.uint16)
    assert (age(nothing).tolist(), province(nothing).tolist(), deceased(nothing).tolist()) == ([0], [0], [False])
