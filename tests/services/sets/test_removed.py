"""The products that rules removed, read from a set; a set is refused if the file breaks a guarantee."""

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
from serving.sets.removed import read_removed
from tests.services.made_sets import sign_again, small_bank, write_bank

RULES = [{"name": "minors", "version": "1", "reason": "too young"}, {"name": "loans", "version": "a1", "reason": "old"}]


def write_removed(folder: Path, rows: list[tuple[int, str, int]], kind: pa.DataType | None = None) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    made = pa.table(
        {
            "user_id": pa.array(columns[0], pa.int64()),
            "rule": pa.array(columns[1], pa.string()).dictionary_encode(),
            "products": pa.array(columns[2], kind or pa.uint64()),
        }
    )
    pq.write_table(made, folder / "removed.parquet", row_group_size=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bank(tmp_path / "recs", small_bank())


def test_a_set_says_which_rule_took_what(folder: Path) -> None:
    assert RecommendationSet(folder).removed is None and RecommendationSet(folder).rules == {}
    write_removed(folder, [(11, "minors", 1 << 5), (11, "loans", 1 << 16 | 1 << 3), (2**40, "loans", 1 << 47)])
    sign_again(folder, rules=RULES)
    used = RecommendationSet(folder)
    assert used.removed is not None
    assert used.removed.rules(used.row(11)) == {5: "minors", 16: "loans", 3: "loans"}
    assert used.removed.rules(used.row(10)) == {} and used.removed.rules(used.row(2**40)) == {47: "loans"}
    assert used.rules["loans"] == {"version": "a1", "reason": "old"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(999, "minors", 1)], "a customer who is not in customers.parquet"),
        ([(11, "minors", 1), (10, "minors", 1)], "is not sorted"),
        ([(10, "minors", 1), (12, "minors", 1), (11, "minors", 1)], "is not sorted"),
    ],
)
def test_a_broken_file_refuses_the_set(folder: Path, rows: list[tuple[int, str, int]], message: str) -> None:
    write_removed(folder, rows)
    sign_again(folder)
    with pytest.raises(SetError, match=message):
        RecommendationSet(folder)


def test_a_file_of_another_form_or_with_another_hash_refuses_the_set(folder: Path) -> None:
    pq.write_table(pa.table({"user_id": [10]}), folder / "removed.parquet")
    sign_again(folder)
    with pytest.raises(SetError, match=r"removed\.parquet can't be read"):
        RecommendationSet(folder)
    write_removed(folder, [])
    with pytest.raises(SetError, match="its SHA-256 differs"):
        RecommendationSet(folder)
    sign_again(folder, rules=[{"name": "minors"}])
    with pytest.raises(SetError, match="an entry of rules does not have"):
        RecommendationSet(folder)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c"]), st.integers(1, 2**48 - 1)), max_size=12))
def test_any_rows_are_given_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, int]]) -> None:
    folder, taken = tmp_path_factory.mktemp("removed"), dict[tuple[int, int], str]()
    kept = []
    for user, rule, word in sorted(rows):
        word &= ~sum(1 << bit for one, bit in taken if one == user)  # a product stands at one rule
        taken |= {(user, bit): rule for bit in range(48) if word >> bit & 1}
        kept.append((user, rule, word))
    write_removed(folder, kept)
    removed = read_removed(folder, {"files": {"removed.parquet": {}}}, np.arange(6))
    assert removed is not None
    for user in range(6):
        assert removed.rules(user) == {bit: rule for (one, bit), rule in taken.items() if one == user}
