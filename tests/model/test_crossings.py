"""Crossings: one code for a common basket, one for the segment and the band of the age together."""

from __future__ import annotations

import numpy as np

from bankrec.bank.files import santander
from bankrec.model.crossings import BASKET, SEGMENT_AND_AGE, crossed
from bankrec.model.states import States


def test_codes_by_hand() -> None:
    """Segment 2 of 4 and band 3 of 5 are code 2 x 5 + 3; a basket that is not common is the last."""
    known = States(np.array([[3, 2], [0, 0]], np.int16), ("age", "segment"), (5, 4))
    crossings = crossed(known, np.array([7, 6], np.uint64), np.array([1, 7], np.uint64), santander())
    assert crossings.names == ("age", "segment", BASKET, SEGMENT_AND_AGE) and crossings.sizes == (5, 4, 3, 20)
    assert crossings.codes.tolist() == [[3, 2, 1, 13], [0, 0, 2, 0]]


def test_what_is_left_out_is_not_crossed() -> None:
    known = States(np.zeros((2, 1), np.int16), ("segment",), (4,))
    crossings = crossed(known, np.zeros(2, np.uint64), np.zeros(0, np.uint64), santander())
    assert crossings.names == ("segment", BASKET) and crossings.sizes == (4, 1)
