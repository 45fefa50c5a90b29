"""Scoring on Spark: the function that ranks a batch on one machine, run by the workers on batches of Arrow.

The models are broadcast; rows go from parquet to parquet and never through the driver. Python and the
packages must be on the workers, this package itself is sent to them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import bankrec
from bankrec import ranked_rows
from bankrec.columns import USER_ID
from bankrec.engine import parquet_files, spark_session
from bankrec.histories import History
from bankrec.recommend import Ranked

PARTITION = 250_000  # customers: 40 MB of histories, and seconds to do again where a worker is lost


def rank_on_spark(histories: Path, output: Path, rank: Callable[[History], Ranked]) -> None:
    """Rank all customers of the parquet `histories`; write the folder `output` of `ranked_rows`.

    `rank` is a function of a batch that pickle takes, models and all. The files of `output`, in the
    order of their names, are sorted by `user_id`.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    session = spark_session()
    session.sparkContext.addPyFile(_package()[1])
    shared = session.sparkContext.broadcast(rank)

    def ranked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield ranked_rows.to_rows(shared.value(History.from_arrow(batch)))

    table = session.read.option("recursiveFileLookup", "true").parquet(str(histories))
    customers = sum(pq.read_metadata(file).num_rows for file in parquet_files(histories))
    partitions = max(session.sparkContext.defaultParallelism, -(-customers // PARTITION))
    table = table.repartitionByRange(partitions, USER_ID).sortWithinPartitions(USER_ID)
    rows = table.mapInArrow(ranked, from_arrow_schema(ranked_rows.SCHEMA))
    rows.write.mode("overwrite").option("compression", "zstd").parquet(str(output))
    shared.unpersist()


def read_ranked(folder: Path, batch: int = 50_000) -> Iterator[Ranked]:
    """The lists that `rank_on_spark` wrote, in the order of `user_id`, at most `batch` customers at a time."""
    for file in parquet_files(folder):
        for rows in pq.ParquetFile(file).iter_batches(batch_size=batch):
            yield ranked_rows.from_rows(rows)


@cache
def _package() -> tuple[tempfile.TemporaryDirectory[str], str]:
    """A zip of this package for the workers, so that they run this very code; its folder is gone at the end."""
    folder, package = tempfile.TemporaryDirectory(prefix="bankrec-package-"), Path(bankrec.__file__).parent
    return folder, shutil.make_archive(f"{folder.name}/bankrec", "zip", package.parent, package.name)
