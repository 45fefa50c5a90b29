"""Ranking on Spark: the function that ranks a batch on one machine, run by the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.columns import USER_ID
from bankrec.bank.description import Bank
from bankrec.history import History
from bankrec.publishing import ranked_rows
from bankrec.ranked import Ranked
from bankrec.storage.engine import parquet_files
from bankrec.storage.spark_batches import map_on_spark


def rank_on_spark(histories: Path, output: Path, rank: Callable[[History], Ranked], bank: Bank) -> None:
    """Rank all customers of the parquet `histories`; write the folder `output` of `ranked_rows`, sorted by `user_id`.

    `rank` is a function of a batch that pickle takes, models and all.
    """
    map_on_spark(histories, output, partial(_ranked_rows, rank, bank), ranked_rows.SCHEMA, USER_ID)


def _ranked_rows(rank: Callable[[History], Ranked], bank: Bank, batch: pa.RecordBatch) -> pa.RecordBatch:
    """`rank` of histories as rows, giving ranked products as rows."""
    return ranked_rows.to_rows(rank(History.from_arrow(batch, bank)))


def read_ranked(folder: Path) -> Iterator[Ranked]:
    """The lists that `rank_on_spark` wrote, in the order of `user_id`, some ten thousand customers at a time."""
    for file in parquet_files(folder):
        for rows in pq.ParquetFile(file).iter_batches(batch_size=50_000):
            yield ranked_rows.from_rows(rows)
