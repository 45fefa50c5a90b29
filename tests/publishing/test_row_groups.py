"""A parquet file of large row groups, from small tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.publishing.row_groups import RowGroups


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
