"""Losses by hand: a product counts in the month in which it was last lost, while it stays away."""

from __future__ import annotations

import numpy as np
import pytest

from bankrec.holdings import PRESENT, acquired, losses
from tests.santander import N

HELD, NOT_HELD = 1 << 3 | int(PRESENT), int(PRESENT)


@pytest.mark.parametrize(
    ("months", "since"),
    [
        ([HELD, HELD, NOT_HELD], 1),
        ([HELD, NOT_HELD, NOT_HELD], 2),
        ([HELD, NOT_HELD, HELD], None),  # back again
        ([HELD, 0, NOT_HELD], None),  # absent when it went: not seen to lose it
        ([NOT_HELD, HELD, 0], None),  # absent now
        ([NOT_HELD, NOT_HELD, NOT_HELD], None),
    ],
)
def test_a_loss_counts_in_its_month(months: list[int], since: int | None) -> None:
    words = np.array([months], np.uint64)
    assert [losses(words, N, k).tolist() for k in (1, 2)] == [[1 << 3] if k == since else [0] for k in (1, 2)]


def test_months_that_do_not_go_back_so_far_show_no_loss() -> None:
    words = np.array([[HELD], [NOT_HELD]], np.uint64)
    for since in (1, 2):
        lost = losses(words, N, since)
        assert lost.tolist() == [0, 0] and lost.dtype == np.uint64


def test_what_was_lost_last_month_is_what_the_month_before_had_more() -> None:
    words = np.random.default_rng(1).integers(0, 1 << 27, (500, 4)).astype(np.uint64)
    np.testing.assert_array_equal(losses(words, N), acquired(words[:, -1], words[:, -2], N))
