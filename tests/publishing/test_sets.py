"""Sets in their folder: whole or harmed, kept, and rolled back to."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bankrec.cli import main
from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.writer import publish
from tests.small_sets import ABOUT, NOW, POPULAR, ranked


@pytest.mark.parametrize("name", [*sets.FILES, sets.MANIFEST])
@pytest.mark.parametrize("harm", ["missing", "cut", "changed"])
def test_any_harm_to_a_file_is_found(tmp_path: Path, name: str, harm: str) -> None:
    publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW)
    path = tmp_path / "current" / name
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert sets.problems(tmp_path / "current"), f"{name} {harm} was not noticed"


def test_only_the_newest_sets_are_kept_and_rollback_goes_to_any_of_them(tmp_path: Path) -> None:
    ids = [
        publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day), keep=2)[0] for day in range(3)
    ]
    assert [folder.name for folder in sets.all_sets(tmp_path)] == ids[1:]
    assert sets.roll_back(tmp_path) == ids[1]
    assert sets.table(tmp_path)["current"].tolist() == ["<-", ""]
    with pytest.raises(InputError, match="the oldest set kept"):
        sets.roll_back(tmp_path)
    assert sets.roll_back(tmp_path, ids[2]) == ids[2] == sets.current(tmp_path).name  # type: ignore[union-attr]
    with pytest.raises(InputError, match=f"{ids[0]} is no set kept in .*; kept are {ids[1]}, {ids[2]}"):
        sets.roll_back(tmp_path, ids[0])


def test_rollback_without_a_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no set is in use .* publish one first"):
        sets.roll_back(tmp_path)


def two_sets(recs: Path) -> list[str]:
    return [publish(recs, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day))[0] for day in range(2)]


def test_the_current_set_is_marked_whether_the_path_is_relative_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_sets(tmp_path / "recs")
    monkeypatch.chdir(tmp_path)
    for recs in (Path("recs"), tmp_path / "recs", Path("recs/../recs")):
        assert sets.table(recs)["current"].tolist() == ["", "<-"], recs


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
    said = capsys.readouterr().out
    assert whole[-1] in said and str(tmp_path / "current") in said, "it does not say what it did"
    assert sets.current(tmp_path) == (tmp_path / whole[-1]).resolve()
    assert str((tmp_path / "current").readlink()) == whole[-1], "the link must be relative"


@pytest.mark.parametrize("loss", LOSSES)
def test_rollback_to_a_set_mends_a_lost_current(tmp_path: Path, loss: str) -> None:
    ids = two_sets(tmp_path)
    LOSSES[loss](tmp_path / "current", ids)
    assert main(["rollback", "--recs", str(tmp_path), "--set", ids[0]]) == 0
    assert sets.current(tmp_path) == (tmp_path / ids[0]).resolve()


def test_a_lost_current_is_never_mended_with_a_damaged_set(tmp_path: Path) -> None:
    ids = two_sets(tmp_path)
    shutil.copytree(tmp_path / ids[1], tmp_path / f".{ids[1]}.writing-1")  # of a publish that was killed
    (tmp_path / "current").unlink()
    (tmp_path / ids[1] / "customers.parquet").unlink()
    assert sets.roll_back(tmp_path) == ids[0]
    (tmp_path / "current").unlink()
    (tmp_path / ids[0] / "reasons.json").unlink()
    with pytest.raises(
        InputError, match=rf"no set in .* is whole: {ids[1]}: customers\.parquet is missing; {ids[0]}: "
    ):
        sets.roll_back(tmp_path)
    assert not (tmp_path / "current").is_symlink()


def test_rollback_refuses_a_damaged_set(tmp_path: Path) -> None:
    first, _ = publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW)
    publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=1))
    (tmp_path / first / "customers.parquet").unlink()
    with pytest.raises(InputError, match=r"is not whole: customers\.parquet is missing"):
        sets.roll_back(tmp_path)
