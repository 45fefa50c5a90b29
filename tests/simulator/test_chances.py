"""True chances: exact for the draws, from the past alone."""

from __future__ import annotations

import numpy as np

from bankrec.santander.columns import N_PRODUCTS
from bankrec.simulator.simulate import REDRAWS, live


def test_chances_are_exact_for_every_product() -> None:
    after = live(30_000, 4, 6)
    for j in range(N_PRODUCTS):
        expected = float(after.p_add[:, j].sum())
        drawn = ((after.redraws >> np.uint32(j)) & 1).sum() / REDRAWS
        assert abs(drawn - expected) < 5 * np.sqrt(max(expected, 1) / REDRAWS) + 0.5, (j, expected, drawn)


def test_chances_follow_from_the_past_alone() -> None:
    short, again = live(2_000, 9, 12), live(2_000, 9, 12)
    assert (short.p_add == again.p_add).all()
    assert short.p_add.shape == (len(short.user_id), N_PRODUCTS)
