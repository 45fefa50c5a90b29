"""Ranked lists as the workers of Spark send them, without Spark: tests/spark has the way through a cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.history import History
from bankrec.jobs.spark_ranking import SCHEMA, ranked_row, read_ranked
from bankrec.ranked import Ranked
from tests.histories import to_frame
from tests.small_sets import ranked


def lists(batch: History) -> Ranked:
    return ranked(batch.user_id.tolist())


def test_lists_come_back_batch_by_batch_and_a_batch_of_nobody_is_no_row(
    make: Callable[..., History], tmp_path: Path
) -> None:
    history = make()
    empty = history.take(np.zeros(len(history), dtype=np.bool_))
    batches = [*history.batches(150), empty]
    rows = [
        ranked_row(lists, history.bank, pa.Table.from_pandas(to_frame(batch), preserve_index=False))
        for batch in batches
    ]
    pq.write_table(pa.Table.from_batches(rows, SCHEMA), tmp_path / "part-0.parquet")
    back = list(read_ranked(tmp_path))
    assert [len(part.user_id) for part in back] == [len(batch) for batch in batches[:-1]]
    np.testing.assert_array_equal(np.concatenate([part.user_id for part in back]), history.user_id)
    np.testing.assert_array_equal(back[0].items, lists(batches[0]).items)
