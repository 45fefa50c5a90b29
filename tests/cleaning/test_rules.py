"""The rules of cleaning and the bits of their notes."""

from __future__ import annotations

from bankrec.cleaning.rules import BIT, MARKED


def test_the_marks_fit_in_a_signed_integer_of_64_bits() -> None:
    assert len(MARKED) < 63 and len(BIT) == len(MARKED)
