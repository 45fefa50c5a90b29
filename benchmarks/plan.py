"""The plan for a bank too large for one machine: partitions, memory, shuffle and cost, from measured rates.

    python -m benchmarks.growth --workdir DIR --sizes 50000 200000                     # trains the models, on DuckDB
    python -m benchmarks.growth --workdir DIR --sizes 50000 200000 --engine spark --stages cleaning histories publish
    python -m benchmarks.plan --workdir DIR [--customers 100000000] [--months 24] [--cores 128] [--price 0.05]

Rates are CPU time, and marginal: the cost of 150,000 more customers, so that the start of Spark is not in them.
Bytes are those of the files of the larger bank, shuffle the bytes that its tasks report. All are then scaled in
proportion.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from bankrec.cleaning.histories import HISTORIES_FILE
from bankrec.jobs.run import CLEAN_FILE
from bankrec.publishing import sets
from bankrec.storage.engine import parquet_files

MONTHS = 17  # of the measured banks
PARTITION = 128e6  # bytes of input in a task: Spark's own default
SERVICE_BYTES = 145  # a customer in the service: docs/operations.md
SHARD = 10_000_000  # customers a service holds: 1.5 GB, and three times that while a set is loaded


def shuffled(events: Path) -> int:
    """Bytes that the tasks of one Spark application wrote to shuffle files."""
    total = 0
    for path in (path for path in events.iterdir() if path.is_file() and not path.name.startswith(".")):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
                total += int(event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"])
    return total


def size(path: Path) -> int:
    """Bytes of the parquet files at `path`."""
    return sum(file.stat().st_size for file in parquet_files(path))


def main() -> int:
    """Print the measured rates, and the totals for the bank of the options."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--workdir", type=Path, required=True, help="workdir of benchmarks.growth")
    arguments.add_argument("--customers", type=float, default=1e8)
    arguments.add_argument("--months", type=int, default=24)
    arguments.add_argument("--cores", type=int, default=128, help="of the cluster")
    arguments.add_argument("--price", type=float, default=0.05, help="USD a core and hour with 4 GB; an assumption")
    given = arguments.parse_args()
    measured = pd.read_csv(given.workdir / "growth_spark.csv").sort_values("size")
    bank = given.workdir / f"bank_{measured['size'].iloc[-1]}"
    out = bank / "spark"
    customers = sum(pq.read_metadata(file).num_rows for file in parquet_files(out / HISTORIES_FILE))
    rows = pq.read_metadata(bank / "raw.parquet").num_rows
    factor = given.customers / customers
    months = given.months / MONTHS
    print(f"measured: {customers:,} customers, {rows:,} customer-months")
    print(f"planned: {given.customers:,.0f} customers x {given.months} months = {rows * factor * months:,.0f} rows\n")
    print("| stage | CPU seconds for 1M more customers, measured | scale | core-hours | minutes on the cluster | USD |")
    print("|---|---|---|---|---|---|")
    total = 0.0
    for stage in ("cleaning", "histories", "publish"):
        of_stage = measured[measured["stage"] == stage]
        first, last = of_stage.iloc[0], of_stage.iloc[-1]
        each = (last["cpu"] - first["cpu"]) / (last["customers"] - first["customers"]) * 1e6
        longer = months if stage != "publish" else 1.0
        hours = each * given.customers / 1e6 * longer / 3600
        total += hours
        scale = f"{given.customers / 1e6:,.0f} x {longer:.2f}"
        print(
            f"| {stage} | {each:,.0f} | {scale} | {hours:,.0f} | {hours * 60 / given.cores:,.0f}"
            f" | {hours * given.price:,.2f} |"
        )
    print(f"| all | | | {total:,.0f} | {total * 60 / given.cores:,.0f} | {total * given.price:,.2f} |")
    print("\n| files | measured | planned | tasks of 128 MB |\n|---|---|---|---|")
    files = {
        "raw months as parquet of text": (size(bank / "raw.parquet"), factor * months),
        "clean snapshots": (size(out / CLEAN_FILE), factor * months),
        "histories": (size(out / HISTORIES_FILE), factor * months),
        "lists of the set": (size(out / "recs" / sets.CURRENT / sets.RECOMMENDATIONS), factor),
    }
    for name, (size_now, scale) in files.items():
        whole = size_now * scale
        print(f"| {name} | {size_now / 1e6:,.0f} MB | {whole / 1e9:,.0f} GB | {whole / PARTITION:,.0f} |")
    print("\n| shuffle | measured | planned | a core |\n|---|---|---|---|")
    for stage in ("cleaning", "histories", "publish"):
        size_now, scale = shuffled(out / "events" / stage), factor * (months if stage != "publish" else 1.0)
        whole = size_now * scale
        print(f"| {stage} | {size_now / 1e6:,.1f} MB | {whole / 1e9:,.0f} GB | {whole / given.cores / 1e9:,.2f} GB |")
    shards = -(-int(given.customers) // SHARD)
    whole, part = given.customers * SERVICE_BYTES / 1e9, SHARD * SERVICE_BYTES / 1e9
    print(f"\nservice: {given.customers:,.0f} x {SERVICE_BYTES} bytes = {whole:,.1f} GB in one process;")
    print(f"{shards} shards of {SHARD:,} customers have {part:.1f} GB each, {3 * part:.1f} GB while a set is loaded")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
