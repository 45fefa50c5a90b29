"""For how many customers each rule removed each product: counted by hand, the same in any batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.publishing.removed_by_product import RemovedByProduct
from bankrec.ranked import Removals
from tests.random_lists import lists, part
from tests.santander import BANK

RULES = ("minors", "stopped")


def counted(*batches: tuple[int, list[list[int]]]) -> list[dict[str, int] | None]:
    """Counts of the products 0 to 2 over batches of (seed, words by customer)."""
    removed = RemovedByProduct(BANK.n)
    for seed, words in batches:
        removed.add(
            replace(lists(len(words), seed), removals=Removals(np.array(words, np.uint64).reshape(-1, 2), RULES))
        )
    return [removed.of(bit) for bit in range(3)]


def test_by_hand() -> None:
    words = [[0b001, 0b100], [0b000, 0b101], [0b000, 0b100]]
    assert counted((1, words)) == [{"minors": 1, "stopped": 1}, {}, {"stopped": 3}]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).map(list), min_size=2, max_size=30), st.data())
def test_any_split_into_batches_gives_the_same(words: list[list[int]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(words) - 1))
    assert counted((1, words[:cut]), (2, words[cut:])) == counted((3, words))


def test_not_known_where_a_batch_does_not_say_it() -> None:
    removed, batch = RemovedByProduct(BANK.n), lists(4, seed=1)
    removed.add(part(batch, 0, 0))
    assert removed.of(2) == {}, "a batch of nobody says nothing"
    removed.add(batch)
    assert removed.of(2) is None
