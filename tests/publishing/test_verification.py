"""Whether a set is whole: any harm to any of its files is seen, and scores that rise with the rank."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.verification import problems, sha256
from bankrec.publishing.writer import publish
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked


@pytest.mark.parametrize("name", [*sets.FILES, sets.SUMMARY, sets.MANIFEST])
@pytest.mark.parametrize("harm", ["missing", "cut", "changed"])
def test_any_harm_to_a_file_is_detected(tmp_path: Path, name: str, harm: str) -> None:
    publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW)
    path = tmp_path / "current" / name
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert problems(tmp_path / "current"), f"{name} {harm} was not noticed"


def test_a_score_that_rises_with_the_rank_is_a_problem(tmp_path: Path) -> None:
    """Across row groups too; a set of an earlier version, which does not say how it is ranked, is left alone."""
    wrong = ranked([1, 2])
    wrong.scores[1, :2] = 0.01, 0.02
    with pytest.raises(InputError, match=r"recommendations\.parquet has 1 scores above that of the rank before"):
        publish(tmp_path, BANK, [wrong], POPULAR, ABOUT, now=NOW)
    good, _ = publish(tmp_path, BANK, [ranked([1, 2])], POPULAR, ABOUT, now=NOW)
    folder = tmp_path / good
    table = pq.read_table(folder / sets.RECOMMENDATIONS)
    column = table.column_names.index("score")
    scores = pa.array([0.01, 0.02, 0.01, 0.005], pa.float32())
    pq.write_table(table.set_column(column, "score", scores), folder / sets.RECOMMENDATIONS, row_group_size=1)
    manifest = json.loads((folder / sets.MANIFEST).read_text())
    manifest["files"][sets.RECOMMENDATIONS]["sha256"] = sha256(folder / sets.RECOMMENDATIONS)
    for ranked_by, expected in (("score", 1), (None, 0)):
        manifest["ranked_by"] = ranked_by
        (folder / sets.MANIFEST).write_text(json.dumps(manifest))
        assert len(problems(folder)) == expected, problems(folder)


def rename_a_product(block: dict[str, Any]) -> None:
    block["description"]["products"][0]["id"] = "another"


def describe_nothing(block: dict[str, Any]) -> None:
    block["description"] = {}


def add_a_language(block: dict[str, Any]) -> None:
    block["languages"]["pt"] = block["languages"]["es"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rename_a_product, "manifest.json describes a bank with other products than products.json"),
        (describe_nothing, r"2016-05-28_\w+/manifest.json, bank.description: name is missing"),
        (add_a_language, "products.json does not have names in a language of manifest.json"),
    ],
)
def test_a_manifest_of_another_bank_is_a_problem(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    """The manifest has no hash of its own, and the bank that it describes defines the lists."""
    set_id, _ = publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW)
    path = tmp_path / set_id / sets.MANIFEST
    manifest = json.loads(path.read_text())
    change(manifest["bank"])
    path.write_text(json.dumps(manifest))
    (problem,) = problems(tmp_path / set_id)
    assert re.match(message, problem), problem
