"""The table of the sets kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from bankrec.publishing.listing import table
from tests.small_sets import two_sets


def test_the_current_set_is_marked_whether_the_path_is_relative_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_sets(tmp_path / "recs")
    monkeypatch.chdir(tmp_path)
    for recs in (Path("recs"), tmp_path / "recs", Path("recs/../recs")):
        assert table(recs)["current"].tolist() == ["", "<-"], recs
