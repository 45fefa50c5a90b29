"""Comparison with the usual methods: plain pandas with a merge per lag, and the feature stage in Polars.

    python -m benchmarks.lag_merge --workdir DIR [--sizes 50000 100000] [--to 956645]

Banks are simulated (seed 1). Each way runs in a process of its own. From the two sizes time and memory at `--to`
customers are extrapolated along a straight line, and the calculation is shown.

- pandas: read the CSV, clean column by column, merge the frame with itself once a lag (1 to 5), count rises,
  then melt the last month into a row for each customer and product: a faithful short form of public notebooks.
- polars: from clean snapshots to the lags, shares, months since and rises of each product; lazy, all at once.
- ours: cleaning, histories, then all features of all pairs of the last month, in batches (`bankrec.model.features`).
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bankrec.santander.columns import CUSTOMER, MONTH, PRODUCT_COLUMNS
from bankrec.storage.checkpoints import MemoryPeak
from benchmarks.growth import bank
from benchmarks.preprocess import ours, plain_pandas

LAGS = (1, 2, 3, 4, 5)


def pandas_way(work: Path) -> int:
    """Raw CSV to a table of pairs, as a notebook does it; returns its rows."""
    import pandas as pd

    plain_pandas(work / "raw.csv", work)
    frame = pd.read_parquet(work / "pandas.parquet")
    frame["month"] = frame[MONTH].dt.year * 12 + frame[MONTH].dt.month
    products = list(PRODUCT_COLUMNS)
    flags = frame[[CUSTOMER, "month", *products]]
    for lag in LAGS:
        earlier = flags.rename(columns={name: f"{name}_lag_{lag}" for name in products})
        earlier = earlier.assign(month=earlier["month"] + lag)
        frame = frame.merge(earlier, on=[CUSTOMER, "month"], how="left")
    for name in products:
        held = [frame[f"{name}_lag_{lag}"] for lag in LAGS]
        frame[f"{name}_rises"] = sum((held[i] > held[i + 1]).astype("int8") for i in range(len(held) - 1))
    last = frame[frame["month"] == frame["month"].max()]
    pairs = last.melt(id_vars=[name for name in last if name not in products], value_vars=products, var_name="product")
    return len(pairs[pairs["value"] == 0])


def polars_features(work: Path) -> int:
    """Clean snapshots to a row per customer with the lags, share, months since and rises of each product."""
    import polars as pl

    rows = pl.scan_parquet(work / "clean.parquet").select(
        CUSTOMER,
        pl.col(*PRODUCT_COLUMNS).cast(pl.Boolean),
        month=pl.col(MONTH).dt.year() * 12 + pl.col(MONTH).dt.month().cast(pl.Int32),
    )
    last = rows.select(pl.col("month").max()).collect().item()
    recent, month = rows.filter(pl.col("month") > last - 12).sort(CUSTOMER, "month"), pl.col("month")
    columns = []
    for name in PRODUCT_COLUMNS:
        held = pl.col(name)
        columns += [held.filter(month == last - lag).first().alias(f"{name}_lag_{lag}") for lag in (0, *LAGS)]
        columns.append(held.mean().alias(f"{name}_share"))
        columns.append((last - month.filter(held).max()).alias(f"{name}_since"))
        columns.append((held & ~held.shift(1)).sum().alias(f"{name}_rises"))
    return len(recent.group_by(CUSTOMER).agg(columns).collect(engine="streaming"))


def our_way(work: Path) -> int:
    """Raw CSV to the features of all pairs of the last month; returns pairs."""
    ours(work / "raw.csv", work)
    return our_features(work)


def our_features(work: Path) -> int:
    """Clean snapshots to the features of all pairs of the last month; returns customers."""
    from bankrec.bank.files import santander
    from bankrec.cleaning.histories import build_histories, load_histories, read_histories
    from bankrec.config import Config
    from bankrec.history import present
    from bankrec.model.als import item_factors
    from bankrec.model.features import features

    build_histories(work / "clean.parquet", work / "histories.parquet", santander())
    history, config, customers = load_histories(work / "histories.parquet", santander()), Config(), 0
    past = history.until(len(history.months))
    items = item_factors(past, config.als, config.seed)
    for batch in read_histories(work / "histories.parquet", santander()):
        there = batch.take(present(batch))
        customers += len(features(there.until(len(there.months)), items, config).held)
    return customers


WAYS: tuple[Callable[[Path], int], ...] = (our_way, pandas_way, our_features, polars_features)


def _measured(way: Callable[[Path], int], work: Path, answers: Any) -> None:
    started = time.perf_counter()
    with MemoryPeak() as peak:
        way(work)
    answers.put((time.perf_counter() - started, peak.bytes / 1e9))


def run(way: Callable[[Path], int], work: Path) -> tuple[float, float]:
    """Seconds and peak memory (GB) of a way in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measured, args=(way, work, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{way.__name__} failed")
    measured: tuple[float, float] = answers.get()
    return measured


def main() -> int:
    """Run both sizes, print the table and the calculation."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--workdir", type=Path, required=True, help="folder for the banks")
    arguments.add_argument("--sizes", type=int, nargs=2, default=[50_000, 100_000], help="customers")
    arguments.add_argument("--to", type=int, default=956_645, help="number of customers to extrapolate to")
    given = arguments.parse_args()
    small, large = sorted(given.sizes)
    measurements: dict[str, list[tuple[float, float]]] = {}
    for size in (small, large):
        work = given.workdir / f"bank_{size}"
        bank(work, size, None)
        for way in WAYS:
            measurements.setdefault(way.__name__, []).append(run(way, work))
            seconds, memory = measurements[way.__name__][-1]
            print(f"{size:,} {way.__name__}: {seconds:.1f} s, {memory:.2f} GB", flush=True)
    print(f"\n| way | {small:,} customers | {large:,} customers | {given.to:,}, extrapolated | calculation |")
    print("|---|---|---|---|---|")
    steps = (given.to - large) / (large - small)
    for name, ((first, little), (second, much)) in measurements.items():
        seconds, memory = second + steps * (second - first), much + steps * (much - little)
        measured = f"{first:.1f} s, {little:.2f} GB | {second:.1f} s, {much:.2f} GB"
        total = f"{second:.1f} + {steps:.1f} x ({second:.1f} - {first:.1f}) s"
        print(f"| {name} | {measured} | {seconds:.0f} s, {memory:.1f} GB | {total} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
