"""A folder of sets whose `current` is lost: each command states it and the repair."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bankrec.cli import main
from bankrec.publishing import sets
from tests.small_sets import two_sets

LOSSES = {
    "removed": lambda link, ids: link.unlink(),
    "points nowhere": lambda link, ids: (link.unlink(), link.symlink_to("never_written")),
    "its set is gone": lambda link, ids: shutil.rmtree(link.resolve()),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_rollback_mends_a_lost_current(tmp_path: Path, loss: str, capsys: pytest.CaptureFixture[str]) -> None:
    ids = two_sets(tmp_path)
    LOSSES[loss](tmp_path / "current", ids)
    whole = [set_id for set_id in ids if (tmp_path / set_id / "manifest.json").is_file()]
    assert main(["verify", "--recs", str(tmp_path)]) == 1
    assert "bankrec rollback" in capsys.readouterr().out
    assert main(["sets", "--recs", str(tmp_path)]) == 0
    assert "bankrec rollback" in capsys.readouterr().out
    assert main(["rollback", "--recs", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert whole[-1] in printed and str(tmp_path / "current") in printed, "it does not say what it did"
    assert sets.current(tmp_path) == (tmp_path / whole[-1]).resolve()
    assert str((tmp_path / "current").readlink()) == whole[-1], "the link must be relative"


@pytest.mark.parametrize("loss", LOSSES)
def test_rollback_to_a_set_mends_a_lost_current(tmp_path: Path, loss: str) -> None:
    ids = two_sets(tmp_path)
    LOSSES[loss](tmp_path / "current", ids)
    assert main(["rollback", "--recs", str(tmp_path), "--set", ids[0]]) == 0
    assert sets.current(tmp_path) == (tmp_path / ids[0]).resolve()


@pytest.mark.parametrize("others", [True, False])
def test_a_folder_in_place_of_the_link_is_moved_away_say_all(
    tmp_path: Path, others: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as after `cp -a SET recs/current`: readers find a set there, but no command can switch it."""
    ids, link = two_sets(tmp_path), tmp_path / "current"
    link.unlink()
    (shutil.copytree if others else shutil.move)(tmp_path / ids[1], link)
    if not others:
        shutil.rmtree(tmp_path / ids[0])
    for command, code in (("verify", 1), ("sets", 0), ("rollback", 2)):
        assert main([command, "--recs", str(tmp_path)]) == code
        printed = "".join(capsys.readouterr())
        assert f"{link} is a folder, not a link to a set: move it away" in printed, command
        assert "is missing" not in printed and "python -m bankrec rollback" not in printed, command
