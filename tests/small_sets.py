"""Small ranked lists to publish, for the tests of sets and of what reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from bankrec.publishing.manifest import About
from bankrec.publishing.set_tables import item_array
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from bankrec.results import Headline
from tests.santander import BANK

NOW = datetime(2016, 6, 1, 12, tzinfo=UTC)
ABOUT = About("2016-05-28", Headline.of({"map_at_7": 0.03, "map_at_7_popularity": 0.02}))
POPULAR = pa.table(
    {
        "segment": pa.array([None, "TOP"], pa.string()),
        "item_id": item_array(np.array([23, 2], np.int8), BANK.ids),
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
    words = np.full((2, n), [[held], [barred]], np.uint64)
    return Ranked(np.array(user_ids, np.int64), items, scores, words[0], *text, words[1], {"not_held": n})


def two_sets(recs: Path) -> list[str]:
    """Two sets published to `recs`, a day apart; their ids, the one in use last."""
    return [publish(recs, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW + timedelta(days=day))[0] for day in range(2)]
