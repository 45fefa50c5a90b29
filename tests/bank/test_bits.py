"""Bit fields: what is put into a word comes out again, beside all other fields."""

from __future__ import annotations

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bankrec.bank import bits
from bankrec.bank.bits import BitField, placed


def test_the_examples_hold() -> None:
    assert doctest.testmod(bits).failed == 0


@given(st.lists(st.integers(2, 500), min_size=1, max_size=6), st.integers(0, 7))
def test_fields_keep_their_codes_beside_each_other(sizes: list[int], first: int) -> None:
    fields = placed({str(at): size for at, size in enumerate(sizes)}, first)
    codes = {name: np.array([0, field.size // 2, field.size - 1]) for name, field in fields.items()}
    word = np.zeros(3, np.uint64)
    for name, field in fields.items():
        word |= field.put(codes[name])
    for name, field in fields.items():
        assert field.of(word).tolist() == codes[name].tolist()
    assert not (word & np.uint64((1 << first) - 1)).any()


def test_a_field_has_as_many_bits_as_its_codes_need() -> None:
    assert [BitField(0, size).bits for size in (2, 3, 4, 5, 128, 129)] == [1, 2, 2, 3, 7, 8]
