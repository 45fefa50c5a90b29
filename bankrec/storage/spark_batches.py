"""A function of Arrow batches run by the workers of Spark, from parquet to parquet.

The data that the function holds is broadcast; rows never pass through the driver. Python and the required packages
must be installed on the workers; this package itself is sent to them.
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
from bankrec.storage.engine import parquet_files, spark_session

PARTITION = 250_000  # rows of the source: 40 MB of histories, and seconds to repeat where a worker is lost


def map_on_spark(
    source: Path, output: Path, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: pa.Schema, key: str
) -> None:
    """Apply `function` to all of the parquet `source`, batch by batch; write the folder `output` in `schema`.

    `function` must be one that can be pickled. The files of `output`, in the order of their names, are sorted by the
    column `key` of the source.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    session = spark_session()
    session.sparkContext.addPyFile(_package()[1])
    shared = session.sparkContext.broadcast(function)

    def mapped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield shared.value(batch)

    table = session.read.option("recursiveFileLookup", "true").parquet(str(source))
    rows = sum(pq.read_metadata(file).num_rows for file in parquet_files(source))
    partitions = max(session.sparkContext.defaultParallelism, -(-rows // PARTITION))
    table = table.repartitionByRange(partitions, key).sortWithinPartitions(key)
    made = table.mapInArrow(mapped, from_arrow_schema(schema))
    made.write.mode("overwrite").option("compression", "zstd").parquet(str(output))
    shared.unpersist()


@cache
def _package() -> tuple[tempfile.TemporaryDirectory[str], str]:
    """A zip of this package for the workers, so that they run the same code; its folder is removed at the end."""
    folder, package = tempfile.TemporaryDirectory(prefix="bankrec-package-"), Path(bankrec.__file__).parent
    return folder, shutil.make_archive(f"{folder.name}/bankrec", "zip", package.parent, package.name)
