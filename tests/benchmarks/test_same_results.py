"""The comparison with an earlier commit reads sets of both formats in the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.same_results import compared, customers_and_products

OF_FORMAT_1 = {"bit": 0, "column": "a", "english": "A", "spanish": "La A", "group": "accounts"}
OF_FORMAT_2 = {"bit": 0, "id": "a", "names": {"en": "A", "es": "La A"}, "group": "accounts"}


def written(folder: Path, held: pa.DataType, product: dict[str, object]) -> Path:
    folder.mkdir()
    pq.write_table(pa.table({"user_id": [1, 2], "held": pa.array([1, 0], held)}), folder / "customers.parquet")
    (folder / "products.json").write_text(json.dumps([product]))
    return folder


def test_sets_of_both_formats_are_the_same_where_they_say_the_same(tmp_path: Path) -> None:
    folders = [
        written(tmp_path / "before", pa.uint32(), OF_FORMAT_1),
        written(tmp_path / "now", pa.uint64(), OF_FORMAT_2),
        written(tmp_path / "renamed", pa.uint64(), OF_FORMAT_2 | {"id": "b"}),
    ]
    before, now, renamed = (dict(zip("cp", customers_and_products(folder), strict=True)) for folder in folders)
    assert compared("bank", before, now) == []
    assert compared("bank", now, renamed) == ["bank: p"]
