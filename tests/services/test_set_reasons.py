"""Reason codes of a set in memory: the same lists as in the file, whatever the batches."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_files import SetError
from set_lists import Reasons

LISTS = pa.list_(pa.string())
CODES = st.lists(st.sampled_from(["active", "age:18-21", "held_until:2016-02", "holds:x"]), max_size=2)


@given(st.lists(st.none() | CODES, max_size=30), st.integers(0, 30))
def test_lists_come_back_as_they_were(places: list[list[str] | None], cut: int) -> None:
    reasons = Reasons(len(places))
    for at, part in ((0, places[:cut]), (min(cut, len(places)), places[cut:])):
        reasons.fill(at, pa.array(part, LISTS), "recommendations.parquet")
    expected = [codes or [] for codes in places]
    assert (reasons.of(0, len(places)) or [[] for _ in places]) == expected


def test_a_slice_of_an_array_is_read_from_its_own_place() -> None:
    whole = pa.array([["a"], ["b", "c"], [], None, ["c"]], LISTS)
    reasons = Reasons(4)
    reasons.fill(0, whole.slice(1), "recommendations.parquet")
    assert reasons.of(0, 4) == [["b", "c"], [], [], ["c"]]


@pytest.mark.parametrize("place", [["a", "b", "c"], ["a", None]])
def test_what_breaks_the_promise_is_refused(place: list[str | None]) -> None:
    with pytest.raises(SetError, match="more than 2 reasons, or one that is null"):
        Reasons(1).fill(0, pa.array([place], LISTS), "recommendations.parquet")
    with pytest.raises(SetError, match="not list<string>"):
        Reasons(1).fill(0, pa.array([[1]]), "recommendations.parquet")
