"""Which set is in use: the newest are kept, and any whole one of them is gone back to."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.listing import table
from bankrec.publishing.switching import roll_back
from bankrec.publishing.writer import publish
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked, two_sets


def test_only_the_newest_sets_are_kept_and_rollback_goes_to_any_of_them(tmp_path: Path) -> None:
    ids = [
        publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day), keep=2)[0]
        for day in range(3)
    ]
    assert [folder.name for folder in sets.all_sets(tmp_path)] == ids[1:]
    assert roll_back(tmp_path) == ids[1]
    assert table(tmp_path)["current"].tolist() == ["<-", ""]
    with pytest.raises(InputError, match="the oldest set kept"):
        roll_back(tmp_path)
    assert roll_back(tmp_path, ids[2]) == ids[2] == sets.current(tmp_path).name  # type: ignore[union-attr]
    with pytest.raises(InputError, match=f"{ids[0]} is not a set in .*; the sets kept are {ids[1]}, {ids[2]}"):
        roll_back(tmp_path, ids[0])


def test_rollback_without_a_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no set is in use .* publish one first"):
        roll_back(tmp_path)


def test_a_lost_current_is_never_mended_with_a_damaged_set(tmp_path: Path) -> None:
    ids = two_sets(tmp_path)
    shutil.copytree(tmp_path / ids[1], tmp_path / f".{ids[1]}.writing-1")  # of a publish that was killed
    (tmp_path / "current").unlink()
    (tmp_path / ids[1] / "customers.parquet").unlink()
    assert roll_back(tmp_path) == ids[0]
    (tmp_path / "current").unlink()
    (tmp_path / ids[0] / "reasons.json").unlink()
    with pytest.raises(
        InputError, match=rf"no set in .* is whole: {ids[1]}: customers\.parquet is missing; {ids[0]}: "
    ):
        roll_back(tmp_path)
    assert not (tmp_path / "current").is_symlink()


def test_rollback_refuses_a_damaged_set(tmp_path: Path) -> None:
    first, _ = publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW)
    publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=1))
    (tmp_path / first / "customers.parquet").unlink()
    with pytest.raises(InputError, match=r"is damaged or incomplete: customers\.parquet is missing"):
        roll_back(tmp_path)


def test_the_whole_set_in_use_is_not_denied(tmp_path: Path) -> None:
    """A rollback to a damaged set is refused; whether another set is whole depends on the one in use too."""
    ids = two_sets(tmp_path)
    (tmp_path / ids[0] / "customers.parquet").unlink()
    with pytest.raises(InputError, match=r"is missing; no other set than the one in use is whole$"):
        roll_back(tmp_path, ids[0])
    (tmp_path / ids[1] / "customers.parquet").unlink()
    with pytest.raises(InputError, match=r"is missing; no other set is whole: publish one$"):
        roll_back(tmp_path, ids[0])
