"""The set that a new one is compared with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bankrec.publishing import sets
from bankrec.publishing.last_set import LastSet, last_set
from tests.small_sets import two_sets


def test_suppressed_customers_without_a_row_are_not_counted() -> None:
    counts = {"customers": 8, sets.WITHOUT_A_ROW: 4}
    assert LastSet.of({"counts": counts, "expected_acquisitions": {"a": 1.5, "b": 0.5}}) == LastSet(4, 2.0)
    older = {"counts": {"customers": 8}, "expected_acquisitions": {}}
    assert LastSet.of(older) == LastSet(8, 0.0), "sets of an earlier version do not count them"


def rewritten(folder: Path, **values: object) -> None:
    """The manifest of the set in `folder` with other values, without those that are None."""
    path = folder / sets.MANIFEST
    manifest = json.loads(path.read_text()) | values
    path.write_text(json.dumps({name: value for name, value in manifest.items() if value is not None}))


def test_the_set_in_use_and_else_the_newest_that_can_be_read(tmp_path: Path) -> None:
    assert last_set(tmp_path / "none") == (None, "")
    older, newer = two_sets(tmp_path)
    rewritten(tmp_path / older, expected_acquisitions={"a": 3.0})
    last, wrong = last_set(tmp_path)
    assert last is not None and (last.customers, wrong) == (1, "") and last.expected_acquisitions < 1
    (tmp_path / newer / sets.MANIFEST).unlink()
    assert last_set(tmp_path) == (LastSet(1, 3.0), "")


def test_a_set_of_an_earlier_version_in_use_is_passed_over_and_named_where_no_other_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older, newer = two_sets(tmp_path)
    rewritten(tmp_path / newer, expected_acquisitions=None)
    last, wrong = last_set(tmp_path)
    assert last is not None and last.customers == 1 and wrong == ""
    (tmp_path / older / sets.MANIFEST).write_text("{")
    last, wrong = last_set(tmp_path)
    assert last is None and newer in wrong and wrong.endswith("has no expected_acquisitions")
    assert f"can't be compared with a damaged one: {tmp_path / older}" in caplog.text


def test_the_key_of_earlier_sets_is_read(tmp_path: Path) -> None:
    _, newer = two_sets(tmp_path)
    rewritten(tmp_path / newer, expected_acquisitions=None, expected_additions={"a": 3.0})
    assert sets.read_manifest(tmp_path / newer)["expected_acquisitions"] == {"a": 3.0}
    assert last_set(tmp_path) == (LastSet(1, 3.0), "")
