"""Every stage of a run against a limit measured beside it: one table of times, ratios and memory.

    python -m benchmarks.pipeline --workdir DIR --input data/raw/train_ver2.csv [--repeat 3]

`DIR` is the workdir of a finished `python -m bankrec run --input … --workdir DIR`. Each way runs in a process
of its own, in turn, several times; the median counts. A limit is the time of another way in the same table,
times a factor, or seconds. Loading what a way works on is not part of its time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bankrec.storage.checkpoints import MemoryPeak
from benchmarks.pipeline_ways import (
    Place,
    Timed,
    als_alone,
    bare_catboost,
    bare_grouping,
    bare_predict,
    bare_writing,
    cleaning,
    fitting,
    grouping,
    implicit_alone,
    scoring,
    typed,
    writing,
)

# Way, the way it is measured against, and the factor of its limit; or a limit in seconds.
LIMITS: tuple[tuple[Callable[[Place], Timed], Callable[[Place], Timed] | None, float], ...] = (
    (cleaning, typed, 2.0),
    (grouping, bare_grouping, 1.5),
    (als_alone, implicit_alone, 1.2),
    (fitting, bare_catboost, 4.0),
    (scoring, None, 60.0),
    (writing, bare_writing, 1.5),
)
AIM = 0.3  # of the speed of `bare_predict`, for `scoring`


def _measured(way: Callable[[Place], Timed], place: Place, answers: Any) -> None:
    with MemoryPeak() as peak:
        seconds, busy, rows = way(place)
    answers.put((seconds, busy, rows, peak.bytes))


def run(way: Callable[[Place], Timed], place: Place) -> tuple[float, float, int, int]:
    """Seconds, CPU seconds, rows and peak memory (bytes) of one way in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measured, args=(way, place, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{way.__name__} failed")
    measured: tuple[float, float, int, int] = answers.get()
    return measured


def main() -> int:
    """Run every way, print the table; 1 where a limit is broken."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--input", type=Path, required=True, help="raw CSV")
    arguments.add_argument("--workdir", type=Path, required=True, help="workdir of a finished run on it")
    arguments.add_argument("--repeat", type=int, default=3, help="runs of each way (3); the median counts")
    arguments.add_argument(
        "--only", nargs="*", metavar="STAGE", help="of cleaning, grouping, als_alone, fitting, scoring, writing"
    )
    given = arguments.parse_args()
    limits = [limit for limit in LIMITS if not given.only or limit[0].__name__ in given.only]
    ways = [way for limit in limits for way in limit[:2] if way is not None]
    ways += [bare_predict] if scoring in ways else []
    measurements: dict[str, list[tuple[float, float, int, int]]] = {way.__name__: [] for way in ways}
    for _ in range(given.repeat):
        for way in ways:
            with tempfile.TemporaryDirectory(dir=given.workdir) as folder:
                one = run(way, Place(given.input, given.workdir, Path(folder)))
            measurements[way.__name__].append(one)
            print(f"{way.__name__}: {one[0]:.1f} s, {one[1]:.1f} of CPU, {one[3] / 1e9:.2f} GB", file=sys.stderr)
    wall = {name: statistics.median(one[0] for one in runs) for name, runs in measurements.items()}
    cpu = {name: statistics.median(one[1] for one in runs) for name, runs in measurements.items()}
    print("| way | seconds | CPU s | rows | rows/s | peak MB | all runs |\n|---|---|---|---|---|---|---|")
    for name, runs in measurements.items():
        rows, peak = runs[0][2], max(one[3] for one in runs) / 1e6
        each, rate = ", ".join(f"{one[0]:.1f}" for one in runs), rows / wall[name]
        print(f"| {name} | {wall[name]:.1f} | {cpu[name]:.1f} | {rows:,} | {rate:,.0f} | {peak:,.0f} | {each} |")
    print("\n| stage | measured against | measured | in CPU time | limit | |\n|---|---|---|---|---|---|")
    broken = False
    for way, other, limit in limits:
        name, against = way.__name__, other.__name__ if other else "the clock"
        ratios = [times[name] / (times[against] if other else 1.0) for times in (wall, cpu)]
        unit, holds = "x" if other else "s", ratios[0] <= limit
        broken |= not holds
        print(
            f"| {name} | {against} | {ratios[0]:.2f} {unit} | {ratios[1]:.2f} | {limit:g} {unit} | {_verdict(holds)} |"
        )
    if scoring in ways:
        pairs = measurements["bare_predict"][0][2] / measurements["scoring"][0][2]
        speeds = [times["bare_predict"] / pairs / times["scoring"] for times in (wall, cpu)]
        verdict = _verdict(speeds[0] >= AIM)
        print(
            f"| scoring (aim) | speed of bare_predict | {speeds[0]:.2f} x | {speeds[1]:.2f} | {AIM:g} x | {verdict} |"
        )
    return int(broken)


def _verdict(holds: bool) -> str:
    return "holds" if holds else "MISSED"


if __name__ == "__main__":
    raise SystemExit(main())
