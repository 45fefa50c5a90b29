"""`removed.parquet`: its rows, and its place in a set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from bankrec.publishing import sets
from bankrec.publishing.manifest import About
from bankrec.publishing.set_tables import removed_table
from bankrec.publishing.verification import problems
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked, Removals
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked

RULES = [{"name": "minors", "version": "1", "reason": "too young"}, {"name": "loans", "version": "ab", "reason": "-"}]
WORDS = np.array([[0, 0], [1 << 5, 1 << 40 | 1], [0, 1 << 3]], np.uint64)


def explained() -> Ranked:
    return replace(ranked([1, 5, 9]), removals=Removals(WORDS, ("minors", "loans")))


def test_a_row_for_each_customer_and_rule_that_took_something() -> None:
    rows = [tuple(row.values()) for row in removed_table(explained()).to_pylist()]
    assert rows == [(5, "minors", 1 << 5), (5, "loans", 1 << 40 | 1), (9, "loans", 1 << 3)]
    assert removed_table(ranked([1])).num_rows == 0


def test_a_set_has_the_file_where_it_is_asked_for_and_vouches_for_it(tmp_path: Path) -> None:
    about = About(ABOUT.as_of, ABOUT.headline, ABOUT.popularity, RULES)
    without, _ = publish(tmp_path, BANK, [ranked([1, 5, 9])], POPULAR, ABOUT, now=NOW)
    assert sets.REMOVED not in sets.read_manifest(tmp_path / without)["files"]
    set_id, _ = publish(
        tmp_path, BANK, [explained()], POPULAR, about, now=NOW + timedelta(days=1), explain_removals=True
    )
    manifest = sets.read_manifest(tmp_path / set_id)
    assert manifest["files"][sets.REMOVED]["rows"] == 3 and manifest["rules"] == RULES
    assert pq.read_table(tmp_path / set_id / sets.REMOVED)["user_id"].to_pylist() == [5, 5, 9]
    assert problems(tmp_path / set_id) == []
    path = tmp_path / set_id / sets.REMOVED
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "removed.parquet is not the file that was written" in problems(tmp_path / set_id)[0]
    path.unlink()
    assert problems(tmp_path / set_id) == ["removed.parquet is missing"]


def test_a_removed_product_takes_less_than_two_bytes(tmp_path: Path) -> None:
    """20,000 customers whose numbers are drawn at random, each with a product or a few removed by rules."""
    rng = np.random.default_rng(0)
    user_id = np.sort(rng.choice(1_500_000, 20_000, replace=False))
    words = np.zeros((len(user_id), 3), np.uint64)
    words[:, 0] = np.where(rng.random(len(user_id)) < 0.9, 1 << 5, 0)
    words[:, 1] = np.where(rng.random(len(user_id)) < 0.05, (1 << 24) - 1 - (1 << 5), 0)
    words[:, 2] = np.where(rng.random(len(user_id)) < 0.3, 1 << 16 | 1 << 18, 0)
    batch = replace(ranked(user_id.tolist()), removals=Removals(words, ("no_junior", "minors", "loans")))
    set_id, _ = publish(tmp_path, BANK, [batch], POPULAR, ABOUT, now=NOW, explain_removals=True)
    size, pairs = (tmp_path / set_id / sets.REMOVED).stat().st_size, int(np.bitwise_count(words).sum())
    assert size < 2 * pairs, f"{size / pairs:.2f} bytes"
