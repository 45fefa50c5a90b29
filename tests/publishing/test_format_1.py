"""Sets of format 1, as earlier versions wrote them, stay in use: listed, verified, evaluated, rolled back to."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.cli import main
from bankrec.evaluation.set_report import evaluate_set
from bankrec.publishing import sets
from bankrec.publishing.last_set import LastSet, last_set
from bankrec.publishing.listing import table
from bankrec.publishing.reader import popular_lists, read_lists
from bankrec.publishing.switching import switch
from bankrec.publishing.verification import problems
from bankrec.publishing.writer import publish
from tests.santander import BANK, IDS
from tests.small_sets import ABOUT, NOW, POPULAR, ranked

OLD = "2016-04-28_20160501T120000000000Z"
COLUMNS = ("bit", "column", "english", "spanish", "group")
CODED = pa.dictionary(pa.int8(), pa.string())


@pytest.fixture
def recs(tmp_path: Path) -> Path:
    """Two customers who hold product 2: 1 is offered 23 and 0, 5 is suppressed; the set is in use."""
    folder = tmp_path / "recs" / OLD
    folder.mkdir(parents=True)
    lists = {
        "user_id": pa.array([1, 1], pa.int64()),
        "item_id": pa.array([IDS[23], IDS[0]]).cast(CODED),
        "rank": pa.array([1, 2], pa.uint8()),
        "score": pa.array([0.01, 0.005], pa.float32()),
        "reasons": pa.array([["active"], []], pa.list_(pa.string())),
    }
    customers = {
        "user_id": pa.array([1, 5], pa.int64()),
        "held": pa.array([0b100, 0b100], pa.uint32()),
        "segment": pa.array(["TOP", None], pa.string()),
        "status": pa.array(["ok", "suppressed"], pa.string()),
    }
    popular = {
        "segment": pa.array([None, "TOP"], pa.string()),
        "item_id": pa.array([IDS[23], IDS[2]]).cast(CODED),
        "rank": pa.array([1, 1], pa.uint8()),
        "score": pa.array([0.02, 0.01], pa.float32()),
    }
    for name, columns in (("recommendations", lists), ("customers", customers), ("top_popular", popular)):
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    rows = [(bit, p.id, p.names["en"], p.names["es"], p.group) for bit, p in enumerate(BANK.products)]
    (folder / "products.json").write_text(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows]))
    (folder / "reasons.json").write_text(json.dumps({"active": {"en": "active", "es": "activo"}}))
    (folder / "manifest.json").write_text(json.dumps(manifest(folder)))
    switch(tmp_path / "recs", OLD)
    return tmp_path / "recs"


def manifest(folder: Path) -> dict[str, Any]:
    """Of the files in `folder`, with no word of a bank."""
    files = {
        path.name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
            "rows": pq.read_metadata(path).num_rows if path.suffix == ".parquet" else None,
        }
        for path in folder.iterdir()
    }
    return {
        "format_version": 1,
        "set_id": OLD,
        "created_at": "2016-05-01T12:00:00Z",
        "as_of": "2016-04-28",
        "run_id": None,
        "metrics": {"map_at_7": 0.03, "map_at_7_popularity": 0.02, "data": "a bank"},
        "popularity": {IDS[23]: 0.2, IDS[0]: 0.1},
        "ranked_by": "score",
        "counts": {"customers": 2, "suppressed_without_a_row": 0, "recommendations": 2, "products": 24},
        "expected_additions": {IDS[23]: 0.01, IDS[0]: 0.005},
        "distributions": {"product_at_rank_1": {IDS[23]: 1.0}},
        "removed_by_rule": {"not_held": 2, "no_junior_account_for_adults": 1, "suppressed": 20},
        "forced": False,
        "files": files,
    }


def test_it_is_read_with_holdings_of_64_bits(recs: Path) -> None:
    lists = read_lists(recs / OLD)
    assert lists.bank is BANK
    assert lists.user_id.tolist() == [1, 5] and lists.items[:, :3].tolist() == [[23, 0, -1], [-1, -1, -1]]
    assert lists.held.dtype == "uint64" and lists.held.tolist() == [0b100, 0b100]
    assert (lists.segment.tolist(), lists.status.tolist()) == (["TOP", "unknown"], ["ok", "suppressed"])
    popular = popular_lists(recs / OLD, lists.held)
    assert popular[0, :2].tolist() == [23, 0] and not (popular == 2).any(), "what is held is not in them"


def test_it_is_listed_and_verified(recs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = table(recs).to_dict("records")
    assert (row["set"], row["customers"], row["MAP@7"], row["current"]) == (OLD, 2, 0.03, "<-")
    assert problems(recs / OLD) == []
    assert main(["verify", "--recs", str(recs)]) == 0
    assert f"{OLD} (in use): whole" in capsys.readouterr().out


def test_holdings_of_the_other_width_are_a_problem(recs: Path) -> None:
    path = recs / OLD / "customers.parquet"
    customers = pq.read_table(path)
    wide = customers.set_column(1, "held", customers["held"].cast(pa.uint64()))
    pq.write_table(wide, path)
    (recs / OLD / "manifest.json").unlink()
    (recs / OLD / "manifest.json").write_text(json.dumps(manifest(recs / OLD)))
    assert problems(recs / OLD) == ["customers.parquet: column held of type uint32 is missing"]


def test_it_is_evaluated(recs: Path, tmp_path: Path) -> None:
    """1 adds what is offered first, 5, who is suppressed, adds it too."""
    (tmp_path / "truth.csv").write_text(f"ncodpers,product\n1,{IDS[23]}\n5,{IDS[23]}\n")
    report = evaluate_set(recs, tmp_path / "truth.csv")
    assert OLD in report.text() and "no_junior_account_for_adults" in report.text()
    assert report.realised()["map_at_7"] == 0.5 and report.rules.loc["suppressed", "acquisitions lost"] == 1


def test_a_new_set_is_compared_with_it_and_it_is_rolled_back_to(recs: Path) -> None:
    assert last_set(recs) == (LastSet(2, 0.015), "")
    new, checks = publish(recs, BANK, [ranked([1, 5])], POPULAR, ABOUT, now=NOW + timedelta(days=1))
    assert "customers, against the last set" in {check.name for check in checks.checks}
    assert [sets.read_manifest(folder)["format_version"] for folder in sets.all_sets(recs)] == [1, 2]
    assert sets.current(recs) == (recs / new).resolve()
    assert main(["rollback", "--recs", str(recs)]) == 0
    assert sets.current(recs) == (recs / OLD).resolve()
    assert main(["rollback", "--recs", str(recs), "--set", new]) == 0
    assert sets.current(recs) == (recs / new).resolve()


def test_a_format_that_is_not_known_is_refused(recs: Path) -> None:
    path = recs / OLD / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 3}))
    assert problems(recs / OLD) == [f"{path} is not of format version 1 or 2"]
