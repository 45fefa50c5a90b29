"""The customers likeliest to take a product: the best of all, whatever the batches."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.publishing.likeliest import Likeliest
from tests.random_lists import lists, part
from tests.santander import BANK
from tests.small_sets import ranked


def test_the_two_best_by_hand() -> None:
    """Of equal scores the lower customer number is kept; a product that is offered to no customer has none."""
    likeliest = Likeliest(24, most=2)
    for batch in (ranked([1, 2], score=0.25), ranked([3], score=0.25), ranked([4], score=0.5)):
        likeliest.add(batch)
    users, scores = likeliest.of(23)
    assert (users.tolist(), scores.tolist()) == ([4, 1], [0.5, 0.25])
    assert likeliest.of(0)[1].tolist() == [0.25, 0.125] and len(likeliest.of(5)[0]) == 0


@settings(max_examples=30)
@given(st.integers(1, 200), st.integers(0, 1000), st.integers(1, 20))
def test_the_likeliest_are_the_best_of_all(n: int, seed: int, most: int) -> None:
    whole = lists(n, seed)
    likeliest = Likeliest(BANK.n, most)
    for low in range(0, n, 50):
        likeliest.add(part(whole, low, low + 50))
    for bit in range(BANK.n):
        rows, places = np.nonzero(whole.items == bit)
        pairs = zip(-whole.scores[rows, places], whole.user_id[rows], strict=True)
        users, scores = likeliest.of(bit)
        assert list(zip(-scores, users, strict=True)) == sorted(pairs)[:most]
