"""Reason codes of a set in memory: the same lists as in the file, whatever the batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import RecommendationSet
from serving.sets.files import SetError
from serving.sets.reasons import Reasons
from tests.services.made_sets import sign_again, write_big

LISTS = pa.list_(pa.string())
CODES = st.lists(st.sampled_from(["active", "age:18-21", "held_until:2016-02", "holds:x"]), max_size=2)
FILE = "recommendations.parquet"


def places(first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Customers and ranks of `count` rows from the `first` on, nine to a customer."""
    rows = np.arange(first, first + count)
    return rows // 9, (rows % 9 + 1).astype(np.uint8)


def codes_by_place(reasons: Reasons, customers: int) -> list[list[list[str]]]:
    return [[reasons.lists[position] for position in reasons.of(row)] for row in range(customers)]


@given(st.lists(st.none() | CODES, min_size=27, max_size=27), st.integers(0, 27))
def test_lists_come_back_as_they_were(given_codes: list[list[str] | None], cut: int) -> None:
    reasons = Reasons(3)
    for first, part in ((0, given_codes[:cut]), (cut, given_codes[cut:])):
        reasons.fill(*places(first, len(part)), pa.array(part, LISTS), FILE)
    expected = [codes or [] for codes in given_codes]
    assert codes_by_place(reasons, 3) == [expected[9 * row : 9 * row + 7] for row in range(3)]


def test_a_slice_of_an_array_is_read_from_its_own_place() -> None:
    whole = pa.array([["a"], ["b", "c"], [], None, ["c"]], LISTS)
    reasons = Reasons(1)
    reasons.fill(*places(0, 4), whole.slice(1), FILE)
    assert codes_by_place(reasons, 1) == [[["b", "c"], [], [], ["c"], [], [], []]]


@pytest.mark.parametrize("place", [["a", "b", "c"], ["a", None]])
def test_what_breaks_the_guarantee_is_refused(place: list[str | None]) -> None:
    with pytest.raises(SetError, match="more than 2 reasons, or a reason that is null"):
        Reasons(1).fill(*places(0, 1), pa.array([place], LISTS), FILE)
    with pytest.raises(SetError, match="not list<string>"):
        Reasons(1).fill(*places(0, 1), pa.array([[1]]), FILE)


def test_reasons_that_lie_in_many_row_groups_are_read(tmp_path: Path) -> None:
    folder = write_big(tmp_path, 500)
    path = folder / "recommendations.parquet"
    lists = pq.read_table(path)
    pq.write_table(lists, path, row_group_size=1_000)
    sign_again(folder)
    loaded = RecommendationSet(folder)
    assert loaded.reasons is not None
    first = lists.slice(0, 7)["reasons"].to_pylist()
    assert [loaded.reasons.lists[position] for position in loaded.reasons.of(0)] == first
