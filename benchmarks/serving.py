"""Requests per second of the service beside minimal FastAPI applications, and the time and memory of a set.

All sides run in one go, one uvicorn worker each, in interleaved rounds with wrk (64 connections); medians.
On a machine with other work, processor time per request is the steadier measure.
`python -m benchmarks.serving` from the root; wrk is in Debian's package of that name. Sides:

- ours: a set of a million customers, a different customer each request, metrics and log on
- dict: a FastAPI route that takes the body as a pydantic model and returns a constant dict
- ready: a FastAPI route that validates the same body and returns ready bytes
- asgi: a constant answer without any framework
- pandas: the look-up by filtering a frame of the same set

The cost of metrics and log is measured in one process that turns them off and on by turns: two processes of the same
code differ by as much as the effect to be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.service_profile import PROFILE, table
from tests.services.made_sets import write_big

ROOT = Path(__file__).resolve().parent.parent
SIDES = ("ours", "dict", "ready", "asgi", "pandas")
WRK = """
local ids = {}
for line in io.lines("%s") do ids[#ids + 1] = line end
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  n = n %% #ids + 1
  return wrk.format(nil, nil, nil, '{"user_id": ' .. ids[n] .. ', "k": 5}')
end
"""
LATENCY = re.compile(r"99%\s+([\d.]+)(us|ms|s)")


@contextmanager
def serving(side: str, port: int, recs: Path, code: Path = ROOT) -> Iterator[int]:
    """Run one side, of the code in `code`; yields its process id when it answers."""
    own = side in ("ours", "switched", "profiled")
    environment = {**os.environ, "RECS_DIR": str(recs), "PORT": str(port), "BENCHMARK_RECS": str(recs)}
    start = f"import sys; sys.path.insert(0, 'services'); import benchmarks.sides as s; s.serve({side!r}, {port})"
    command = [sys.executable, str(code / "services/recommendation_service.py")]
    process = subprocess.Popen(
        command if side == "ours" else [sys.executable, "-c", start],
        cwd=code,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        path = "/health/ready" if own else "/"
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).close()
                break
            except urllib.error.HTTPError as error:
                if not own and error.code in (404, 405):
                    break
                time.sleep(0.05)
            except OSError:
                time.sleep(0.05)
        else:
            raise SystemExit(f"{side} does not start")
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def load(port: int, script: Path, seconds: int, connections: int, pid: int) -> tuple[float, float, float]:
    """Requests per second, the 99th percentile in milliseconds, microseconds of processor per request."""
    used = processor_seconds(pid)
    url = f"http://127.0.0.1:{port}/recommendations"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), "--latency", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"answers that are not 200:\n{text}")
    used = processor_seconds(pid) - used
    rate, total = re.search(r"Requests/sec:\s+([\d.]+)", text), re.search(r"(\d+) requests in", text)
    tail = LATENCY.search(text)
    assert rate and tail and total, text
    milliseconds = float(tail[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[tail[2]]
    return float(rate[1]), milliseconds, 1e6 * used / max(int(total[1]), 1)


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> dict[str, float]:
    """Resident memory now and at most, in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    names = {"VmRSS": "now", "VmHWM": "most"}
    return {names[name]: int(kb) * 1024 / 1e6 for name, kb in re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", status)}


def batch_milliseconds(port: int, ids: list[int]) -> float:
    """Median time of a batch of 1,000 customers, seen by the client."""
    body = json.dumps({"user_ids": ids[:1000], "k": 5}).encode()
    times = []
    for _ in range(21):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/recommendations/batch", body, {"Content-Type": "application/json"}
        )
        started = time.perf_counter()
        urllib.request.urlopen(request).read()
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=3, help="of one side in one round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--sides", nargs="+", default=list(SIDES), choices=SIDES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recs = Path(folder) / "recs"
        write_big(recs, options.customers)
        rng = np.random.default_rng(0)
        import pyarrow.parquet as pq

        known = pq.ParquetFile(recs / "current/customers.parquet").read(["user_id"])["user_id"].to_numpy()
        ids = rng.choice(known, 20_000).tolist()
        (Path(folder) / "ids").write_text("\n".join(map(str, ids)))
        script = Path(folder) / "post.lua"
        script.write_text(WRK % (Path(folder) / "ids"))
        seen: dict[str, list[tuple[float, float, float]]] = {side: [] for side in options.sides}
        facts = {}
        for turn in range(options.rounds):
            for number, side in enumerate(options.sides):
                port, started = 4700 + number, time.perf_counter()
                with serving(side, port, recs) as pid:
                    ready = time.perf_counter() - started
                    load(port, script, 1, options.connections, pid)
                    seen[side].append(load(port, script, options.seconds, options.connections, pid))
                    if side == "ours":
                        batch = batch_milliseconds(port, ids)
                        facts[turn] = {"ready s": ready, "batch ms": batch, **resident(pid)}
                print(f"round {turn + 1} {side:10} {seen[side][-1][0]:8.0f}/s", file=sys.stderr)
        report(seen, facts)
        with serving("switched", 4798, recs) as pid:
            load(4798, script, options.seconds, options.connections, pid)
            watching = []
            for _ in range(2 * options.rounds):
                on = load(4798, script, options.seconds, options.connections, pid)
                os.kill(pid, signal.SIGUSR1)
                off = load(4798, script, options.seconds, options.connections, pid)
                os.kill(pid, signal.SIGUSR1)
                watching.append((1 - on[0] / off[0], on[2] / off[2] - 1))
        by_rate, by_processor = (
            [f"{100 * share:.1f}%" for share in statistics.quantiles(one, n=4)] for one in zip(*watching, strict=True)
        )
        print(f"\nmetrics and log cost of requests a second {by_rate[1]} (quartiles {by_rate[0]}, {by_rate[2]}),")
        print(f"of processor time {by_processor[1]} ({by_processor[0]}, {by_processor[2]}); {len(watching)} turns")
        with serving("profiled", 4799, recs) as pid:
            load(4799, script, 1, options.connections, pid)
            os.kill(pid, signal.SIGUSR1)
            load(4799, script, options.seconds, options.connections, pid)
        print(f"\nshare of time of ours by part (cProfile)\n\n{table(recs / PROFILE)}")


def report(seen: dict[str, list[tuple[float, float, float]]], facts: dict[int, dict[str, float]]) -> None:
    """The table and the ratios."""
    medians = {side: statistics.median(rate for rate, _, _ in runs) for side, runs in seen.items()}
    print("\nmedians of the rounds; the last two columns are ratios, ours to the side, above 1 is better for ours\n")
    head = ("side", "requests/s", "range", "p99 ms", "processor us/request", "by rate", "by processor")
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for side, runs in seen.items():
        rates = [rate for rate, _, _ in runs]
        tail = statistics.median(tail for _, tail, _ in runs)
        used = statistics.median(used for _, _, used in runs)
        pairs = list(zip(seen.get("ours", runs), runs, strict=True))
        by_rate = statistics.median(own[0] / max(other[0], 1e-9) for own, other in pairs)
        by_processor = statistics.median(other[2] / own[2] for own, other in pairs)
        span = f"{min(rates):,.0f} to {max(rates):,.0f}"
        cells = f"{medians[side]:,.0f} | {span} | {tail:.1f} | {used:,.0f} | {by_rate:,.2f} | {by_processor:,.2f}"
        print(f"| {side} | {cells} |")
    if facts:
        print("\nours, median of the rounds: ", end="")
        names = next(iter(facts.values()))
        print(", ".join(f"{n} {statistics.median(f[n] for f in facts.values()):.1f}" for n in names))


if __name__ == "__main__":
    main()
