"""A set in memory: look-ups of customers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from recommendations import RecommendationSet
from serving.sets.files import SetError
from tests.services.broken_sets import (
    rewrite,
    table_of,
)
from tests.services.made_sets import small_bank, write_bank


def test_where_the_rules_leave_nothing_an_unknown_customer_gets_nothing(tmp_path: Path) -> None:
    bank = small_bank()
    top = RecommendationSet(write_bank(tmp_path, replace(bank, popular={"TOP": [13, 19]})))
    assert [top.find(999, segment).source for segment in (None, "TOP", "UNIVERSITARIO")] == ["none", "popular", "none"]
    nobody = RecommendationSet(write_bank(tmp_path, replace(bank, set_id="2016-05-28_none", popular={})))
    assert nobody.find(999).source == nobody.find(999, "TOP").source == "none"
    assert nobody.find(10).source == "personal"


def gap_in_popular(folder: Path) -> None:
    popular = table_of(folder, "top_popular.parquet")
    rewrite(folder, "top_popular.parquet", popular.filter(pa.array([i != 1 for i in range(len(popular))])))


def test_what_is_popular_has_ranks_without_gaps(recs: Path) -> None:
    folder = (recs / "current").resolve()
    gap_in_popular(folder)
    with pytest.raises(SetError) as error:
        RecommendationSet(folder)
    assert error.value.reason == "ranks", error.value
