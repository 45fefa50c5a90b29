"""Ways to break a published set, for tests of what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.services.made_sets import sign_again


def table_of(folder: Path, name: str) -> pa.Table:
    return pq.ParquetFile(folder / name).read()


def rewrite(folder: Path, name: str, table: pa.Table) -> None:
    pq.write_table(table, folder / name)
    sign_again(folder)


def change_lists(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    return lambda folder: rewrite(
        folder, "recommendations.parquet", change(table_of(folder, "recommendations.parquet"))
    )


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def swap_rows(table: pa.Table, first: int, second: int) -> pa.Table:
    order = np.arange(table.num_rows)
    order[[first, second]] = order[[second, first]]
    return table.take(pa.array(order))


def repeat(table: pa.Table) -> pa.Table:
    items = table["item_id"].to_pylist()
    items[1] = items[0]
    kind = table.schema.field("item_id").type
    return with_column(table, "item_id", pa.array(items).dictionary_encode().cast(kind))


def truncate(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return change


def one_byte(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return change
