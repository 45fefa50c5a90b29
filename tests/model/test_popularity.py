"""Popularity: of holdings, of acquisitions, within segment and age band."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bankrec.model import popularity
from tests.santander import BANK, IDS


def test_a_popular_list_without_what_rules_take_is_ranked_anew(tmp_path: Path) -> None:
    everybody, top = [2, 23, 18], [18, 2]
    table = pa.table(
        {
            "segment": pa.array([None] * 3 + ["TOP"] * 2, pa.string()),
            "item_id": pa.array([IDS[bit] for bit in (*everybody, *top)]),
            "rank": pa.array([1, 2, 3, 1, 2], pa.uint8()),
            "score": pa.array([0.3, 0.2, 0.1, 0.4, 0.3], pa.float32()),
        }
    )
    taken = {None: np.isin(np.arange(24), [2, 18]), "TOP": np.arange(24) == 18}
    left = popularity.without(table, BANK, taken.__getitem__)
    assert left["segment"].to_pylist() == [None, "TOP"] and left["rank"].to_pylist() == [1, 1]
    assert left["item_id"].to_pylist() == [IDS[23], IDS[2]]
    assert left["score"].to_pylist() == pytest.approx([0.2, 0.3])
    nothing = popularity.without(table, BANK, lambda _: np.ones(24, bool))
    assert nothing.num_rows == 0 and nothing.schema == table.schema
