import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from killed_writer import killed_everywhere

from bankrec.bank.products import PRODUCT_COLUMNS
from bankrec.cli import main
from bankrec.errors import InputError
from bankrec.model import popularity
from bankrec.publishing import sets
from bankrec.publishing.listing import table
from bankrec.publishing.manifest import About
from bankrec.publishing.reader import read_lists
from bankrec.publishing.row_groups import RowGroups
from bankrec.publishing.set_tables import item_array
from bankrec.publishing.switching import roll_back
from bankrec.publishing.verification import problems
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from bankrec.results import Headline

NOW = datetime(2016, 6, 1, 12, tzinfo=UTC)
ABOUT = About("2016-05-28", Headline.of({"map_at_7": 0.03, "map_at_7_popularity": 0.02}))
POPULAR = pa.table(
    {
        "segment": pa.array([None, "TOP"], pa.string()),
        "item_id": item_array(np.array([23, 2], np.int8)),
        "rank": pa.array([1, 1], pa.uint8()),
        "score": pa.array([0.02, 0.01], pa.float32()),
    }
)


def ranked(
    user_ids: list[int], *, score: float = 0.01, held: int = 0b100, best: int = 23, barred: int = 0b100
) -> Ranked:
    """Customers who hold the current account (bit 2): two products listed each, `best` and bit 0."""
    n = len(user_ids)
    items, scores = np.full((n, 24), -1, np.int8), np.zeros((n, 24), np.float32)
    items[:, 0], items[:, 1] = best, 0
    scores[:, 0], scores[:, 1] = score, score / 2
    text = np.full(n, "ok"), np.full(n, "TOP")
    words = np.full((2, n), [[held], [barred]], np.uint32)
    return Ranked(np.array(user_ids, np.int64), items, scores, words[0], *text, words[1], {"not_held": n})


def test_a_set_holds_what_was_recommended(tmp_path: Path) -> None:
    set_id, checks = publish(tmp_path, [ranked([1, 5]), ranked([9])], POPULAR, ABOUT, now=NOW)
    assert checks.passed
    folder = sets.current(tmp_path)
    assert folder is not None and folder.name == set_id
    assert str((tmp_path / "current").readlink()) == set_id, "the link must be relative"
    lists = pq.read_table(folder / "recommendations.parquet")
    assert lists["user_id"].to_pylist() == [1, 1, 5, 5, 9, 9]
    assert lists["rank"].to_pylist() == [1, 2] * 3
    assert lists["item_id"].to_pylist() == [PRODUCT_COLUMNS[23], PRODUCT_COLUMNS[0]] * 3
    assert pa.types.is_dictionary(lists.schema.field("item_id").type)
    people = pq.read_table(folder / "customers.parquet").to_pylist()
    assert people[0] == {"user_id": 1, "held": 4, "segment": "TOP", "status": "ok"}
    manifest = json.loads((folder / "manifest.json").read_text())
    counts = {"customers": 3, "suppressed_without_a_row": 0, "recommendations": 6, "products": 24, "status_ok": 3}
    assert manifest["counts"] == counts
    assert manifest["distributions"]["product_at_rank_1"][PRODUCT_COLUMNS[23]] == 1.0
    by_rank = manifest["distributions"]["product_by_rank"]
    assert by_rank[PRODUCT_COLUMNS[23]] == [1.0] + [0.0] * 23 and by_rank[PRODUCT_COLUMNS[0]][:3] == [0.0, 1.0, 0.0]
    bands = manifest["distributions"]["score_bands"]
    assert {band: share for band, share in bands.items() if share} == {"0.003-0.01": 0.5, "0.01-0.03": 0.5}
    assert manifest["expected_additions"][PRODUCT_COLUMNS[23]] == pytest.approx(0.03)
    assert manifest["removed_by_rule"] == {"not_held": 3}
    assert manifest["created_at"] == "2016-06-01T12:00:00Z"
    assert problems(folder) == []


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
    assert problems(tmp_path / "current"), f"{name} {harm} was not noticed"


def test_batches_out_of_order_are_refused_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sorted by user id"):
        publish(tmp_path, [ranked([5]), ranked([1])], POPULAR, ABOUT, now=NOW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("batch", "about", "reason"),
    [
        (ranked([1], best=2), ABOUT, "held products recommended: 1"),
        (ranked([1], barred=1 << 23 | 1), ABOUT, "barred products recommended: 2"),
        (ranked([1], best=-1), ABOUT, "living customers left without an answer: 1"),
        (
            ranked([1]),
            About("2016-05-28", Headline.of({"map_at_7": 0.01, "map_at_7_popularity": 0.02})),
            "popularity's 0.02",
        ),
        (ranked([1, 2, 3, 4], score=0.5), ABOUT, "mean expected additions"),
        (ranked([1]), ABOUT, "customers, against the last set"),
    ],
)
def test_the_gate_keeps_the_last_good_set(tmp_path: Path, batch: Ranked, about: About, reason: str) -> None:
    good, _ = publish(tmp_path, [ranked([1, 2, 3, 4])], POPULAR, ABOUT, now=NOW)
    later = NOW + timedelta(days=30)
    with pytest.raises(InputError, match=reason):
        publish(tmp_path, [batch], POPULAR, about, now=later)
    assert [folder.name for folder in sets.all_sets(tmp_path)] == [good]
    forced, checks = publish(tmp_path, [batch], POPULAR, about, now=later, force=True)
    assert not checks.passed
    assert sets.current(tmp_path) == (tmp_path / forced).resolve()
    assert sets.read_manifest(tmp_path / forced)["forced"] is True


def test_a_customer_without_a_row_is_missed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="customers of the last month without a row: 2 "):
        publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW, expected_customers=lambda: 3)


def test_who_may_not_be_offered_anything_needs_no_answer(tmp_path: Path) -> None:
    """Empty lists of a dead, a suppressed and a customer from whom the rules take everything."""
    nothing = ranked([1, 2, 3], best=-1)
    nothing.items[:] = -1
    with pytest.raises(InputError, match="living customers left without an answer: 3"):
        publish(tmp_path, [nothing], POPULAR, ABOUT, now=NOW)
    status = np.array(["deceased", "suppressed", "nothing_left"])
    nothing.barred[2] = (1 << 24) - 1
    _, checks = publish(tmp_path, [replace(nothing, status=status)], POPULAR, ABOUT, now=NOW)
    assert checks.passed


def test_suppressed_customers_without_a_row_are_in_the_set(tmp_path: Path) -> None:
    """Before, between and after the customers of the month, in batches; the gate compares customers of the month."""
    asked = [0, 5, 6, 7, 12, 2**53]
    seven = ranked([7])
    seven.items[:] = -1
    batches = [ranked([2, 5]), replace(seven, status=np.array(["suppressed"])), ranked([9])]
    set_id, checks = publish(tmp_path, batches, POPULAR, ABOUT, now=NOW, suppressed=asked, expected_customers=lambda: 4)
    folder = tmp_path / set_id
    people = pq.read_table(folder / "customers.parquet")
    assert people["user_id"].to_pylist() == [0, 2, 5, 6, 7, 9, 12, 2**53]
    without = people.filter(sets.without_a_row(people))
    assert without["user_id"].to_pylist() == [0, 6, 12, 2**53], "5 and 7 have a row of the month"
    assert set(without["status"].to_pylist()) == {"suppressed"} and set(without["held"].to_pylist()) == {0}
    counts = sets.read_manifest(folder)["counts"]
    assert (counts["customers"], counts["suppressed_without_a_row"]) == (8, 4)
    assert (counts["status_ok"], counts["status_suppressed"]) == (3, 5)
    assert problems(folder) == [] and checks.passed
    assert read_lists(folder).user_id.tolist() == [2, 5, 7, 9], "whoever has no row is not evaluated"
    many = frozenset(range(100, 200))
    batches = [ranked([2, 5, 7, 9])]
    _, later = publish(tmp_path, batches, POPULAR, ABOUT, now=NOW + timedelta(days=1), suppressed=sorted(many))
    seen = {check.name: check.seen for check in later.checks}
    assert later.passed and seen["customers, against the last set"] == "4", "a longer list of names is no growth"


def test_a_popular_list_without_what_rules_take_is_ranked_anew(tmp_path: Path) -> None:
    everybody, top = [2, 23, 18], [18, 2]
    table = pa.table(
        {
            "segment": pa.array([None] * 3 + ["TOP"] * 2, pa.string()),
            "item_id": pa.array([PRODUCT_COLUMNS[bit] for bit in (*everybody, *top)]),
            "rank": pa.array([1, 2, 3, 1, 2], pa.uint8()),
            "score": pa.array([0.3, 0.2, 0.1, 0.4, 0.3], pa.float32()),
        }
    )
    taken = {None: np.isin(np.arange(24), [2, 18]), "TOP": np.arange(24) == 18}
    left = popularity.without(table, taken.__getitem__)
    assert left["segment"].to_pylist() == [None, "TOP"] and left["rank"].to_pylist() == [1, 1]
    assert left["item_id"].to_pylist() == [PRODUCT_COLUMNS[23], PRODUCT_COLUMNS[2]]
    assert left["score"].to_pylist() == pytest.approx([0.2, 0.3])
    nothing = popularity.without(table, lambda _: np.ones(24, bool))
    assert nothing.num_rows == 0 and nothing.schema == table.schema


def test_only_the_newest_sets_are_kept_and_rollback_goes_to_any_of_them(tmp_path: Path) -> None:
    ids = [
        publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day), keep=2)[0] for day in range(3)
    ]
    assert [folder.name for folder in sets.all_sets(tmp_path)] == ids[1:]
    assert roll_back(tmp_path) == ids[1]
    assert table(tmp_path)["current"].tolist() == ["<-", ""]
    with pytest.raises(InputError, match="the oldest set kept"):
        roll_back(tmp_path)
    assert roll_back(tmp_path, ids[2]) == ids[2] == sets.current(tmp_path).name  # type: ignore[union-attr]
    with pytest.raises(InputError, match=f"{ids[0]} is no set kept in .*; kept are {ids[1]}, {ids[2]}"):
        roll_back(tmp_path, ids[0])


def test_rollback_without_a_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no set is in use .* publish one first"):
        roll_back(tmp_path)


def two_sets(recs: Path) -> list[str]:
    return [publish(recs, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day))[0] for day in range(2)]


def test_the_current_set_is_marked_whether_the_path_is_relative_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_sets(tmp_path / "recs")
    monkeypatch.chdir(tmp_path)
    for recs in (Path("recs"), tmp_path / "recs", Path("recs/../recs")):
        assert table(recs)["current"].tolist() == ["", "<-"], recs


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
    assert roll_back(tmp_path) == ids[0]
    (tmp_path / "current").unlink()
    (tmp_path / ids[0] / "reasons.json").unlink()
    with pytest.raises(
        InputError, match=rf"no set in .* is whole: {ids[1]}: customers\.parquet is missing; {ids[0]}: "
    ):
        roll_back(tmp_path)
    assert not (tmp_path / "current").is_symlink()


def test_rollback_refuses_a_damaged_set(tmp_path: Path) -> None:
    first, _ = publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW)
    publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=1))
    (tmp_path / first / "customers.parquet").unlink()
    with pytest.raises(InputError, match=r"is not whole: customers\.parquet is missing"):
        roll_back(tmp_path)


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_publish import ABOUT, NOW, POPULAR, ranked
from datetime import timedelta
from bankrec.publishing.writer import publish
def batches():
    yield ranked([1])
    os.kill(os.getpid(), signal.SIGKILL)
publish(Path(sys.argv[1]), batches(), POPULAR, ABOUT, now=NOW + timedelta(days=1))
"""


def test_a_publish_that_is_killed_leaves_the_last_set_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    good, _ = publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW)
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(here)], cwd=here.parent, check=False)
    assert done.returncode == -signal.SIGKILL
    assert sets.current(tmp_path) == (tmp_path / good).resolve()
    assert problems(tmp_path / good) == []
    assert list(tmp_path.glob(".*.writing-*")), "the killed writer should have left its folder"
    publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=2))
    assert not list(tmp_path.glob(".*.writing-*"))


_PUBLISHED_AND_ONE_REMOVED = """
from datetime import timedelta
from pathlib import Path
from test_publish import ABOUT, NOW, POPULAR, ranked
from bankrec.publishing.writer import publish
#---
publish(Path("recs"), [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=2), keep=2)
"""


def test_a_publish_killed_at_any_change_of_the_disk_leaves_whole_sets(tmp_path: Path) -> None:
    recs = tmp_path / "start" / "recs"
    ids = [publish(recs, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day))[0] for day in range(2)]
    calls = killed_everywhere(tmp_path, _PUBLISHED_AND_ONE_REMOVED)
    used = []
    for n in range(len(calls) + 1):
        recs = tmp_path / str(n) / "recs"
        current = sets.current(recs)
        assert current is not None
        used.append(current.name)
        kept = sets.all_sets(recs)
        assert current.name in {folder.name for folder in kept}, calls[n]
        assert [problems(folder) for folder in kept] == [[]] * len(kept), calls[n]
        publish(recs, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=3), keep=2)
        assert not list(recs.glob(".*")), calls[n]
        assert len(sets.all_sets(recs)) == 2
    first_new = used.index(used[-1])
    assert used == [ids[1]] * first_new + [used[-1]] * (len(used) - first_new) and used[-1] not in ids
    assert 0 < first_new < len(used) - 1


def test_small_tables_become_large_row_groups_in_their_order(tmp_path: Path) -> None:
    path, schema = tmp_path / "rows.parquet", pa.schema([("user_id", pa.int64()), ("score", pa.float32())])
    with RowGroups(path, schema, rows=3) as file:
        for low, high in ((0, 2), (2, 5), (5, 5), (5, 6)):
            users = np.arange(low, high)
            file.add(pa.table({"user_id": users, "score": users.astype(np.float32)}, schema=schema))
    read = pq.ParquetFile(path)
    groups = [read.metadata.row_group(group) for group in range(read.num_row_groups)]
    assert [group.num_rows for group in groups] == [5, 1]
    assert "RLE_DICTIONARY" in groups[0].column(0).encodings and "RLE_DICTIONARY" not in groups[0].column(1).encodings
    assert (groups[0].column(0).statistics.min, groups[0].column(0).statistics.max) == (0, 4)
    assert read.read()["user_id"].to_pylist() == list(range(6))
