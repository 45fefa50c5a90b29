"""Whether the service became slower than that of an earlier commit: both side by side, in interleaved rounds.

    python -m benchmarks.serving_against COMMIT [--customers 1000000] [--rounds 9]

Both codes answer from one set of format 1, which every version of the service reads. In each round one uvicorn worker
of each is started anew; they take turns under wrk (64 connections, a different customer each request, metrics and log
on) and with batches of 1,000. It ends with an error if their answers differ. The table has medians of the rounds, and
the ratios with their range. Two processes of the same code differ too: HEAD as COMMIT, with nothing changed, shows by
how much. On a machine that does other things, ratios and processor time are steadier than seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks import result_file
from benchmarks.same_results import ROOT, checked_out
from benchmarks.serving import WRK, batch_milliseconds, load, processor_seconds, resident, serving
from tests.services.made_sets import FORMAT_1, write_big

PORTS = {"before": 4710, "now": 4711}
CONNECTIONS = 64
RATE, PROCESSOR, BATCH = "requests a second", "processor time of a request, us", "a batch of 1,000, ms"
READY, READY_PROCESSOR = "start to ready, s", "processor time of the start, s"
MEMORY, MOST_MEMORY = "memory under load, MB", "most memory, MB"

Figures = dict[str, dict[str, float]]  # of one round: side, what was measured


def arguments() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("commit", help="the earlier commit, as git names it")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--turns", type=int, default=4, help="of both sides in a round")
    parser.add_argument("--seconds", type=int, default=2, help="of wrk on one side in one turn")
    parser.add_argument("--output", type=Path, help="CSV file to write")
    return parser


def main() -> None:
    """Measure, print the table and write it as CSV."""
    options = arguments().parse_args()
    rounds = []
    with tempfile.TemporaryDirectory() as name, checked_out(options.commit) as before:
        recs, script = Path(name) / "recs", Path(name) / "post.lua"
        ids = customers_of(write_big(recs, options.customers, description=FORMAT_1))
        (Path(name) / "ids").write_text("\n".join(map(str, ids)), encoding="utf-8")
        script.write_text(WRK % (Path(name) / "ids"), encoding="utf-8")
        for number in range(options.rounds):
            codes = {"before": before, "now": ROOT}
            order = list(codes) if number % 2 else list(codes)[::-1]
            rounds.append(one_round({side: codes[side] for side in order}, recs, script, ids, options))
            print(f"round {number + 1}", rounds[-1], file=sys.stderr, flush=True)
    medians = table(rounds)
    print(medians.to_string(index=False))
    if options.output is not None:
        data = f"one set of {options.customers:,} customers for both, medians of {options.rounds} rounds"
        about = f"{data}; before: {options.commit}; two cores with wrk beside the service"
        result_file.save(options.output, medians, "benchmarks.serving_against", about)


def customers_of(folder: Path, most: int = 20_000) -> list[int]:
    """Customers of the set in `folder`, drawn with repetition."""
    known = pq.ParquetFile(folder / "customers.parquet").read(["user_id"])["user_id"].to_numpy()
    drawn: list[int] = np.random.default_rng(0).choice(known, most).tolist()
    return drawn


def one_round(codes: dict[str, Path], recs: Path, script: Path, ids: list[int], options: argparse.Namespace) -> Figures:
    """Start a worker of each side, one after the other in the order of `codes`, and let them take turns."""
    figures: Figures = {}
    with ExitStack() as running:
        pids = {}
        for side, code in codes.items():
            started = time.perf_counter()
            pids[side] = running.enter_context(serving("ours", PORTS[side], recs, code))
            figures[side] = {READY: time.perf_counter() - started, READY_PROCESSOR: processor_seconds(pids[side])}
            load(PORTS[side], script, 1, CONNECTIONS, pids[side])
        first, second = (lists(PORTS[side], ids[:1000]) for side in codes)
        if first != second:
            raise SystemExit("the two sides answer differently, so their times can't be compared")
        seen: dict[str, list[tuple[float, float, float]]] = {side: [] for side in codes}
        for turn in range(options.turns):
            for side in list(codes)[:: -1 if turn % 2 else 1]:
                rate, _, used = load(PORTS[side], script, options.seconds, CONNECTIONS, pids[side])
                seen[side].append((rate, used, batch_milliseconds(PORTS[side], ids)))
        for side, pid in pids.items():
            medians = [statistics.median(values) for values in zip(*seen[side], strict=True)]
            memory = resident(pid)
            figures[side] |= dict(zip((RATE, PROCESSOR, BATCH), medians, strict=True))
            figures[side] |= {MEMORY: memory["now"], MOST_MEMORY: memory["most"]}
    return figures


def lists(port: int, ids: list[int]) -> list[dict[str, Any]]:
    """The answers to a batch, without what belongs to the request."""
    body, kind = json.dumps({"user_ids": ids, "k": 24}).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/recommendations/batch", body, kind)
    with urllib.request.urlopen(request) as answer:
        results: list[dict[str, Any]] = json.load(answer)["results"]
    return results


def table(rounds: list[Figures]) -> pd.DataFrame:
    """A row for each measure: medians of both sides; median, least and greatest of the ratios of the rounds."""
    rows = []
    for what in (RATE, PROCESSOR, BATCH, READY, READY_PROCESSOR, MEMORY, MOST_MEMORY):
        pairs = [(one["before"][what], one["now"][what]) for one in rounds]
        ratios = [now / before for before, now in pairs]
        before, now = (statistics.median(side) for side in zip(*pairs, strict=True))
        row = {"what": what, "before": round(before, 2), "now": round(now, 2)}
        shown = {"now / before": statistics.median(ratios), "least": min(ratios), "greatest": max(ratios)}
        rows.append(row | {name: round(value, 3) for name, value in shown.items()})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
