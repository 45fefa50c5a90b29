"""Ranking on Spark: the function that ranks a batch on one machine, run by the workers."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.columns import USER_ID
from bankrec.bank.description import Bank
from bankrec.history import History
from bankrec.ranked import Ranked
from bankrec.storage.engine import parquet_files
from bankrec.storage.spark_batches import map_on_spark

# A row for each batch that has customers. Pickle is safe here: the job reads what its own workers wrote, in a folder
# that it makes and removes.
SCHEMA = pa.schema([("ranked", pa.binary())])


def rank_on_spark(histories: Path, output: Path, rank: Callable[[History], Ranked], bank: Bank) -> None:
    """Rank all customers of the parquet `histories`; write the folder `output` for `read_ranked`, sorted by `user_id`.

    `rank` is a function of a batch that pickle takes, models and all.
    """
    map_on_spark(histories, output, partial(ranked_row, rank, bank), SCHEMA, USER_ID)


def ranked_row(rank: Callable[[History], Ranked], bank: Bank, batch: pa.RecordBatch) -> pa.RecordBatch:
    """`rank` of histories as rows, giving all its lists in one row; no row where it ranks no customer."""
    ranked = rank(History.from_arrow(batch, bank))
    rows = [pickle.dumps(ranked)] if len(ranked.user_id) else []
    return pa.RecordBatch.from_arrays([pa.array(rows, pa.binary())], schema=SCHEMA)


def read_ranked(folder: Path) -> Iterator[Ranked]:
    """The lists that `rank_on_spark` wrote, in the order of `user_id`, batch by batch."""
    for file in parquet_files(folder):
        for row in pq.ParquetFile(file).iter_batches(batch_size=1):
            yield pickle.loads(row["ranked"][0].as_py())
