"""Cleaning against DuckDB's own typed copy of the same CSV, and against the plain pandas way.

    python -m benchmarks.preprocess --input data/raw/train_ver2.csv [--repeat 3] [--pandas]

Each way runs in a process of its own, several times in turn; printed are the median time, CPU time, rows a
second and the peak memory of the process; loading packages is in none of the times. The limit: cleaning in at most
2.0 times the typed copy and 4 GB, and histories in at most 1.5 times a bare group by over the same parquet.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from bankrec.bank.files import santander
from bankrec.cleaning.histories import build_histories
from bankrec.cleaning.preprocess import preprocess
from bankrec.santander.columns import CLEAN, CUSTOMER, MONTH, RAW
from bankrec.storage.engine import MEMORY_LIMIT as ENGINE_MEMORY

LIMIT, MEMORY_LIMIT, HISTORIES_LIMIT = 2.0, 4.0, 1.5
_DUCKDB = {"date32": "DATE", "int64": "BIGINT", "int16": "INTEGER", "int8": "TINYINT", "double": "DOUBLE"}


def ours(source: Path, folder: Path) -> None:
    """`bankrec.cleaning.preprocess`, the report and the check of the format included."""
    preprocess(source, folder / "clean.parquet")


def typed_copy(source: Path, folder: Path) -> None:
    """DuckDB reads the CSV with the types given and writes parquet: nothing is cleaned."""
    kinds = {name: _DUCKDB.get(CLEAN.get(name, ""), "VARCHAR") for name in RAW}
    with duckdb.connect(config={"memory_limit": "3GB", "preserve_insertion_order": "false"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{source}', header=true, columns={kinds},"
            " nullstr=['', 'NA', ' NA', '     NA', '         NA']))"
            f" TO '{folder / 'copy.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
        )


def plain_pandas(source: Path, folder: Path) -> None:
    """The steps of a usual notebook: read everything, fill column by column, write."""
    frame = pd.read_csv(source, low_memory=False, na_values=[" NA", "     NA", "         NA"])
    frame = frame.drop(columns=["ult_fec_cli_1t", "conyuemp", "tipodom"]).dropna(subset=["ind_empleado"])
    for name in ("fecha_dato", "fecha_alta"):
        frame[name] = pd.to_datetime(frame[name], errors="coerce")
    for name in ("age", "antiguedad"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce").fillna(0).astype("int32")
    frame["indrel_1mes"] = frame["indrel_1mes"].astype("string").str.replace(".0", "").fillna("N")
    frame["tiprel_1mes"] = frame["tiprel_1mes"].fillna("N")
    frame["segmento"] = frame["segmento"].fillna("02 - PARTICULARES").str.replace(r"^\d+ - ", "", regex=True)
    for name in ("cod_prov", "nomprov", "sexo", "canal_entrada"):
        frame[name] = frame[name].fillna(frame[name].mode()[0])
    by_month = frame.groupby([MONTH, "nomprov"])["renta"]
    frame["renta"] = frame["renta"].fillna(by_month.transform("median")).fillna(frame["renta"].median())
    for name in RAW[24:]:
        frame[name] = frame[name].fillna(0).astype("int8")
    frame.to_parquet(folder / "pandas.parquet", compression="zstd")


def histories(source: Path, folder: Path) -> None:
    """`bankrec.cleaning.histories` of the clean file."""
    build_histories(source, folder / "histories.parquet", santander())


def bare_group_by(source: Path, folder: Path) -> None:
    """DuckDB's group by customer with the largest value of each column, over the same file, in as much memory."""
    largest = ", ".join(f"max({name}) AS {name}" for name in CLEAN if name != CUSTOMER)
    with duckdb.connect(config={"memory_limit": ENGINE_MEMORY}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (SELECT {CUSTOMER}, {largest} FROM '{source}' GROUP BY {CUSTOMER} ORDER BY {CUSTOMER})"
            f" TO '{folder / 'grouped.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _measured(way: Callable[[Path, Path], None], source: Path, folder: Path, answers: object) -> None:
    start, busy = time.perf_counter(), time.process_time()
    way(source, folder)
    busy = time.process_time() - busy
    unit = 1024**3 if sys.platform == "darwin" else 1024**2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    answers.put((time.perf_counter() - start, busy, peak))  # type: ignore[attr-defined]


def run(way: Callable[[Path, Path], None], source: Path, folder: Path) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak memory (GB) of one run in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measured, args=(way, source, folder, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{way.__name__} failed")
    seconds, busy, peak = answers.get()
    return seconds, busy, peak


def main() -> int:
    """Run every way, print the table; 1 where a limit is broken."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--input", type=Path, required=True, help="raw CSV")
    arguments.add_argument("--repeat", type=int, default=3, help="runs of each way (3); the median counts")
    arguments.add_argument("--pandas", action="store_true", help="also the pandas way, once: much memory")
    given = arguments.parse_args()
    seconds: dict[str, list[float]] = {}
    busy: dict[str, list[float]] = {}
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=given.input.parent) as name:
        folder = Path(name)
        clean = folder / "clean.parquet"
        ways = [(typed_copy, given.input), (ours, given.input), (bare_group_by, clean), (histories, clean)]
        once = [(plain_pandas, given.input)] if given.pandas else []
        for way, source in ways * given.repeat + once:
            took, cpu, peak = run(way, source, folder)
            seconds.setdefault(way.__name__, []).append(took)
            busy.setdefault(way.__name__, []).append(cpu)
            peaks[way.__name__] = max(peak, peaks.get(way.__name__, 0.0))
        rows = pq.read_metadata(clean).num_rows
    median = {way: statistics.median(took) for way, took in seconds.items()}
    work = {way: statistics.median(took) for way, took in busy.items()}
    print(f"{given.input.name}: {rows:,} clean rows, {given.input.stat().st_size / 1e9:.2f} GB")
    print(f"{'way':<16}{'seconds':>9}{'cpu s':>8}{'rows/s':>12}{'peak GB':>9}  all runs")
    for way, took in median.items():
        runs = ", ".join(f"{one:.1f}" for one in seconds[way])
        print(f"{way:<16}{took:>9.1f}{work[way]:>8.1f}{rows / took:>12,.0f}{peaks[way]:>9.2f}  {runs}")
    cleaning, grouping = median["ours"] / median["typed_copy"], median["histories"] / median["bare_group_by"]
    print(f"cleaning: {cleaning:.2f} x the typed copy (limit {LIMIT}), {peaks['ours']:.2f} GB (limit {MEMORY_LIMIT})")
    print(f"  in CPU time, where the machine does other work too: {work['ours'] / work['typed_copy']:.2f} x")
    print(f"histories: {grouping:.2f} x a bare group by (limit {HISTORIES_LIMIT})")
    print(f"  in CPU time: {work['histories'] / work['bare_group_by']:.2f} x")
    return int(cleaning > LIMIT or peaks["ours"] > MEMORY_LIMIT or grouping > HISTORIES_LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
