"""Growth: a whole run on banks of several sizes, time and memory of each stage against the number of customers.

    python -m benchmarks.growth --workdir DIR [--sizes 50000 200000 956645] [--input FULL_CSV] [--plot docs/growth.png]

Each bank is simulated (seed 1), or cut from `--input` by a hash of the customer; each stage runs in a process of
its own, so that its peak memory is its own. Sizes measured before in that workdir stay in the table. With
`--engine spark` the start of Spark is in the time of every stage, and `--stages cleaning histories publish` takes
the models of an earlier run on DuckDB. Printed are seconds (CPU seconds in brackets), peak memory of all processes
of a stage, and the exponent of time between the smallest and the largest bank: 1 is linear. The limit is 1.05 for
the whole run.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psutil
import pyarrow.parquet as pq

from bankrec.bank.files import santander
from bankrec.cleaning.histories import HISTORIES_FILE, build_histories, load_histories
from bankrec.cleaning.preprocess import preprocess
from bankrec.explain.explainer import Explainer
from bankrec.jobs.publish import publish_from_files
from bankrec.jobs.run import CLEAN_FILE
from bankrec.jobs.terms import Terms
from bankrec.jobs.train import train_on
from bankrec.simulator.simulate import simulate
from bankrec.storage.checkpoints import MemoryPeak
from bankrec.storage.engine import ENGINES, parquet_files
from bankrec.storage.model_folder import MODEL, read_headline

LIMIT = 1.05


def cleaning(work: Path, engine: str) -> int:
    """Raw months to clean snapshots; returns customer-months."""
    source = work / ("raw.parquet" if engine == "spark" else "raw.csv")
    return int(preprocess(source, work / engine / CLEAN_FILE, engine=engine)["rows_kept"])


def histories(work: Path, engine: str) -> int:
    """Clean snapshots to histories; returns customers."""
    return build_histories(work / engine / CLEAN_FILE, work / engine / HISTORIES_FILE, santander(), engine=engine)


def train(work: Path, engine: str) -> int:
    """Backtest and model; returns customers."""
    history = load_histories(work / engine / HISTORIES_FILE, santander())
    train_on(history, work / "duckdb" / "models", work.name)
    return len(history)


def publish(work: Path, engine: str) -> int:
    """Scoring and the set; returns customers."""
    models, source = work / "duckdb" / "models", work / engine / HISTORIES_FILE
    explainer, headline = Explainer.load(models / MODEL), read_headline(models)
    publish_from_files(work / engine / "recs", source, explainer, headline, Terms(keep=1, force=True), engine)
    return sum(pq.read_metadata(file).num_rows for file in parquet_files(source))


STAGES: tuple[Callable[[Path, str], int], ...] = (cleaning, histories, train, publish)


def bank(work: Path, customers: int, source: Path | None) -> None:
    """`raw.csv` of a bank of about that size."""
    if (work / "raw.csv").exists():
        return
    work.mkdir(parents=True, exist_ok=True)
    if source is None:
        simulate(customers, 1, work / "raw.csv")
        return
    with duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": "false"}) as connection:
        rows = f"FROM read_csv('{source}', all_varchar=true, header=true)"
        (whole,) = connection.execute(f"SELECT count(DISTINCT ncodpers) {rows}").fetchall()[0]
        if customers >= whole:
            shutil.copyfile(source, work / "raw.csv")
            return
        part = int(10_000 * customers / whole)
        connection.execute(f"COPY ({rows} WHERE hash(ncodpers) % 10000 < {part}) TO '{work / 'raw.csv'}' (HEADER)")


def as_text_parquet(work: Path) -> None:
    """`raw.parquet`, the same text: what Spark reads."""
    if not (work / "raw.parquet").exists():
        with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
            rows = f"FROM read_csv('{work / 'raw.csv'}', all_varchar=true, header=true)"
            connection.execute(f"COPY ({rows}) TO '{work / 'raw.parquet'}' (FORMAT parquet)")


def _measured(stage: Callable[[Path, str], int], work: Path, engine: str, answers: Any) -> None:
    if engine == "spark":  # the events state the bytes of shuffles
        events = work / engine / "events" / stage.__name__
        shutil.rmtree(events, ignore_errors=True)
        events.mkdir(parents=True)
        log = f"--conf spark.eventLog.enabled=true --conf spark.eventLog.dir=file://{events.resolve()}"
        log += " --conf spark.eventLog.rolling.enabled=false --conf spark.eventLog.compress=false"
        local = f"--master local[*] --driver-memory 3g --conf spark.ui.enabled=false {log} pyspark-shell"
        os.environ.setdefault("PYSPARK_SUBMIT_ARGS", local)
    started, busy = time.perf_counter(), cpu_seconds()
    with MemoryPeak() as peak:
        rows = stage(work, engine)
    answers.put((time.perf_counter() - started, cpu_seconds() - busy, rows, peak.bytes))


def cpu_seconds() -> float:
    """CPU time so far of this process and its children, in seconds: which other work on the machine does not change."""
    me = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in [me, *me.children(recursive=True)])


def run(stage: Callable[[Path, str], int], work: Path, engine: str) -> tuple[float, float, int, int]:
    """Seconds, CPU seconds, rows and peak memory (bytes) of a stage in a fresh process, its imports left out."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measured, args=(stage, work, engine, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{stage.__name__} failed")
    measured: tuple[float, float, int, int] = answers.get()
    return measured


def exponent(sizes: pd.Series, seconds: pd.Series) -> float:
    """Slope of log time over log size from the smallest to the largest bank, nan for one bank alone."""
    if len(sizes) < 2:
        return float("nan")
    return math.log(seconds.iloc[-1] / seconds.iloc[0]) / math.log(sizes.iloc[-1] / sizes.iloc[0])


def plot(table: pd.DataFrame, path: Path) -> None:
    """Seconds and peak memory of each stage against customers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    time_axis, memory_axis = figure.subplots(1, 2)
    for stage, rows in table.groupby("stage", sort=False):
        time_axis.plot(rows["customers"], rows["seconds"], marker="o", label=stage)
        if stage != "all":
            memory_axis.plot(rows["customers"], rows["peak_gb"], marker="o", label=stage)
    time_axis.set(xlabel="customers", ylabel="seconds", title="Time of each stage", xscale="log", yscale="log")
    memory_axis.set(xlabel="customers", ylabel="GB", title="Peak memory of each stage", xscale="log", ylim=(0, None))
    time_axis.legend()
    memory_axis.legend()
    figure.savefig(path, dpi=110)


def main() -> int:
    """Run the sizes, print the table, draw the plot; 1 if the whole run grows faster than the limit."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--workdir", type=Path, required=True, help="folder for the banks and the results")
    arguments.add_argument("--sizes", type=int, nargs="+", default=[50_000, 200_000, 956_645], help="customers")
    arguments.add_argument("--input", type=Path, help="raw CSV to cut the banks from, instead of simulating")
    arguments.add_argument("--engine", choices=ENGINES, default="duckdb", help="duckdb (default) or spark")
    arguments.add_argument("--stages", nargs="+", metavar="STAGE", help="of cleaning, histories, train, publish (all)")
    arguments.add_argument("--plot", type=Path, help="PNG to draw to")
    given = arguments.parse_args()
    log = given.workdir / f"growth_{given.engine}.csv"
    before = pd.read_csv(log) if log.exists() else pd.DataFrame({"size": []})
    measurements: list[dict[str, Any]] = before[~before["size"].isin(given.sizes)].to_dict("records")
    for size in sorted(given.sizes):
        work = given.workdir / f"bank_{size}"
        bank(work, size, given.input)
        if given.engine == "spark":
            as_text_parquet(work)
        stages = [stage for stage in STAGES if not given.stages or stage.__name__ in given.stages]
        measured = [(stage.__name__, *run(stage, work, given.engine)) for stage in stages]
        customers = measured[-1][3]
        for stage, seconds, cpu, rows, peak in measured:
            row = {"size": size, "customers": customers, "stage": stage, "seconds": seconds, "cpu": cpu, "rows": rows}
            measurements.append({**row, "peak_gb": peak / 1e9})
            print(f"{customers:,} {stage}: {seconds:.1f} s ({cpu:.1f} of CPU), {peak / 1e9:.2f} GB", flush=True)
        whole = {"seconds": sum(one[1] for one in measured), "cpu": sum(one[2] for one in measured)}
        whole["peak_gb"] = max(one[4] for one in measured) / 1e9
        measurements.append({"size": size, "customers": customers, "stage": "all", "rows": measured[0][3], **whole})
        table = pd.DataFrame(measurements).sort_values("size", kind="stable")
        table.to_csv(log, index=False)
    names = [*table["customers"].unique()]
    print("\n| stage | " + " | ".join(f"{name:,} customers" for name in names) + " | exponent of time | of CPU time |")
    print("|---|" + "---|" * (len(names) + 2))
    for stage, rows in table.groupby("stage", sort=False):
        cells = [f"{row.seconds:.1f} s ({row.cpu:.1f}), {row.peak_gb:.2f} GB" for row in rows.itertuples()]
        growths = [f"{exponent(rows['customers'], rows[name]):.2f}" for name in ("seconds", "cpu")]
        print(f"| {stage} | " + " | ".join([*cells, *growths]) + " |")
    if given.plot:
        plot(table, given.plot)
    everything = table[table["stage"] == "all"]
    return int(exponent(everything["customers"], everything["seconds"]) > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
