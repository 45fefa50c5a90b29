import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from killed_writer import killed_everywhere

from bankrec.publishing import sets
from bankrec.publishing.reader import read_lists
from bankrec.publishing.verification import problems
from bankrec.publishing.writer import publish
from tests.santander import BANK, IDS
from tests.small_sets import ABOUT, NOW, POPULAR, ranked

ROOT = Path(__file__).resolve().parents[2]


def test_a_set_holds_what_was_recommended(tmp_path: Path) -> None:
    set_id, checks = publish(tmp_path, BANK, [ranked([1, 5]), ranked([9])], POPULAR, ABOUT, now=NOW)
    assert checks.passed
    folder = sets.current(tmp_path)
    assert folder is not None and folder.name == set_id
    assert str((tmp_path / "current").readlink()) == set_id, "the link must be relative"
    lists = pq.read_table(folder / "recommendations.parquet")
    assert lists["user_id"].to_pylist() == [1, 1, 5, 5, 9, 9]
    assert lists["rank"].to_pylist() == [1, 2] * 3
    assert lists["item_id"].to_pylist() == [IDS[23], IDS[0]] * 3
    assert pa.types.is_dictionary(lists.schema.field("item_id").type)
    customers = pq.read_table(folder / "customers.parquet").to_pylist()
    assert customers[0] == {"user_id": 1, "held": 4, "segment": "TOP", "status": "ok", "age_band": None}
    manifest = json.loads((folder / "manifest.json").read_text())
    counts = {"customers": 3, "suppressed_without_a_row": 0, "recommendations": 6, "products": 24, "status_ok": 3}
    assert manifest["counts"] == counts
    assert manifest["distributions"]["product_at_rank_1"][IDS[23]] == 1.0
    by_rank = manifest["distributions"]["product_by_rank"]
    assert by_rank[IDS[23]] == [1.0] + [0.0] * 23 and by_rank[IDS[0]][:3] == [0.0, 1.0, 0.0]
    bands = manifest["distributions"]["score_bands"]
    assert {band: share for band, share in bands.items() if share} == {"0.003-0.01": 0.5, "0.01-0.03": 0.5}
    assert manifest["expected_acquisitions"][IDS[23]] == pytest.approx(0.03)
    assert manifest["removed_by_rule"] == {"not_held": 3}
    assert manifest["created_at"] == "2016-06-01T12:00:00Z"
    assert problems(folder) == []


def test_batches_out_of_order_are_refused_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sorted by user id"):
        publish(tmp_path, BANK, [ranked([5]), ranked([1])], POPULAR, ABOUT, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_suppressed_customers_without_a_row_are_in_the_set(tmp_path: Path) -> None:
    """Before, between and after the customers of the month, in batches; the gate compares customers of the month."""
    asked = [0, 5, 6, 7, 12, 2**53]
    seven = ranked([7])
    seven.items[:] = -1
    batches = [ranked([2, 5]), replace(seven, status=np.array(["suppressed"])), ranked([9])]
    set_id, checks = publish(
        tmp_path, BANK, batches, POPULAR, ABOUT, now=NOW, suppressed=asked, expected_customers=lambda: 4
    )
    folder = tmp_path / set_id
    customers = pq.read_table(folder / "customers.parquet")
    assert customers["user_id"].to_pylist() == [0, 2, 5, 6, 7, 9, 12, 2**53]
    without = customers.filter(sets.without_a_row(customers))
    assert without["user_id"].to_pylist() == [0, 6, 12, 2**53], "5 and 7 have a row of the month"
    assert set(without["status"].to_pylist()) == {"suppressed"} and set(without["held"].to_pylist()) == {0}
    counts = sets.read_manifest(folder)["counts"]
    assert (counts["customers"], counts["suppressed_without_a_row"]) == (8, 4)
    assert (counts["status_ok"], counts["status_suppressed"]) == (3, 5)
    assert problems(folder) == [] and checks.passed
    assert read_lists(folder).user_id.tolist() == [2, 5, 7, 9], "customers without a row are not evaluated"
    many = frozenset(range(100, 200))
    batches = [ranked([2, 5, 7, 9])]
    _, later = publish(tmp_path, BANK, batches, POPULAR, ABOUT, now=NOW + timedelta(days=1), suppressed=sorted(many))
    seen = {check.name: check.seen for check in later.checks}
    assert later.passed and seen["customers, against the last set"] == "4", "a longer list of names is no growth"


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked
from datetime import timedelta
from bankrec.publishing.writer import publish
def batches():
    yield ranked([1])
    os.kill(os.getpid(), signal.SIGKILL)
publish(Path(sys.argv[1]), BANK, batches(), POPULAR, ABOUT, now=NOW + timedelta(days=1))
"""


def test_a_publish_that_is_killed_leaves_the_last_set_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    good, _ = publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert sets.current(tmp_path) == (tmp_path / good).resolve()
    assert problems(tmp_path / good) == []
    assert list(tmp_path.glob(".*.writing-*")), "the killed writer should have left its folder"
    publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=2))
    assert not list(tmp_path.glob(".*.writing-*"))


_PUBLISHED_AND_ONE_REMOVED = """
from datetime import timedelta
from pathlib import Path
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked
from bankrec.publishing.writer import publish
#---
publish(Path("recs"), BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=2), keep=2)
"""


def test_a_publish_killed_at_any_change_of_the_disk_leaves_whole_sets(tmp_path: Path) -> None:
    recs = tmp_path / "start" / "recs"
    ids = [publish(recs, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day))[0] for day in range(2)]
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
        publish(recs, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=3), keep=2)
        assert not list(recs.glob(".*")), calls[n]
        assert len(sets.all_sets(recs)) == 2
    first_new = used.index(used[-1])
    assert used == [ids[1]] * first_new + [used[-1]] * (len(used) - first_new) and used[-1] not in ids
    assert 0 < first_new < len(used) - 1
