"""What a manifest must look like: the first key that does not is named."""

from __future__ import annotations

from typing import Any

import pytest

from bankrec.publishing.manifest import damaged_key

LANGUAGE = {"months": ["a month"] * 12, "month_and_year": "{month} {year}"}
BLOCK = {"name": "a-bank", "languages": {"en": LANGUAGE}, "segments": ["gold"], "description": {"name": "a-bank"}}
GOOD: dict[str, Any] = {
    "format_version": 2,
    "set_id": "2016-05-28_20160601T120000000000Z",
    "as_of": "2016-05-28",
    "created_at": "2016-06-01T12:00:00Z",
    "counts": {"customers": 3, "recommendations": 6},
    "bank": BLOCK,
    "files": {"products.json": {"sha256": "ab", "rows": None}, "customers.parquet": {"sha256": "cd", "rows": 3}},
    "metrics": {"map_at_7": 0.03, "customers": 3, "data": "a bank"},
    "expected_acquisitions": {"ind_recibo_ult1": 1.5},
    "removed_by_rule": {"not_held": 3},
    "distributions": {"product_at_rank_1": {"a": 1.0}, "product_by_rank": {"a": [1.0, 0.0], "b": [0.0, 1.0]}},
}


def test_a_manifest_as_it_is_written_is_whole() -> None:
    assert damaged_key(GOOD) is None


@pytest.mark.parametrize("key", [key for key in GOOD if key != "format_version"])
def test_a_key_that_is_missing_is_named_unless_older_sets_do_not_have_it(key: str) -> None:
    older = ("expected_acquisitions", "removed_by_rule", "distributions")
    left = {name: value for name, value in GOOD.items() if name != key}
    assert damaged_key(left) == (None if key in older else key)
    assert damaged_key(left | {"format_version": 1}) == (None if key in (*older, "bank") else key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("set_id", 7),
        ("as_of", "2016-05"),
        ("as_of", None),
        ("created_at", "2016-06-01"),
        ("counts", {"customers": 3}),
        ("counts", {"customers": -1, "recommendations": 6}),
        ("counts", {"customers": True, "recommendations": 6}),
        ("files", {"products.json": {"rows": 3}}),
        ("files", {"products.json": {"sha256": "ab", "rows": "3"}}),
        ("metrics", None),
        ("bank", None),
        ("bank", {**BLOCK, "name": ""}),
        ("bank", {**BLOCK, "languages": {}}),
        ("bank", {**BLOCK, "languages": {"en": {**LANGUAGE, "months": ["a month"] * 11}}}),
        ("bank", {**BLOCK, "languages": {"en": {**LANGUAGE, "months": ["a month"] * 11 + [""]}}}),
        ("bank", {**BLOCK, "languages": {"e": LANGUAGE}}),
        ("bank", {**BLOCK, "segments": [""]}),
        ("bank", {**BLOCK, "description": []}),
        ("expected_acquisitions", {"ind_recibo_ult1": "1"}),
        ("removed_by_rule", [3]),
        ("distributions", {"product_by_rank": {"a": [1.0, 0.0], "b": [0.0]}}),
        ("distributions", {"product_by_rank": {"a": [1.0], "b": 0.0}}),
        ("distributions", {"score_bands": {"0-1": 1e301}}),
    ],
)
def test_a_value_of_another_kind_is_named(key: str, value: object) -> None:
    assert damaged_key(GOOD | {key: value}) == key
