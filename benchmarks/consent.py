"""The cost of consent in the service: requests a second with CONSENT=required over off; time and memory of 10^6 rows.

For customers whose numbers lie close together and for random ones of 18 digits. Both applications run in one process
over the same set and are asked by turns: two processes of the same code differ by more than the effect to be
measured. First without a network, by processor time, then by wrk over HTTP, where processor time too is the steadier
measure on a machine that does other things. `python -m benchmarks.consent` from the root.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import AsyncExitStack, redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.serving import WRK, load
from tests.services.made_sets import write_big

PORTS = (4696, 4697)  # off, required
SERVICES = Path(__file__).resolve().parent.parent / "services"
_RESIDENT = """
import sys
from pathlib import Path
import pyarrow as pa
import pyarrow.compute  # as the service has
from serving.sets.consent import read_consent
from serving.watch_loop import give_memory_back
import pyarrow.parquet as pq
pa.set_memory_pool(pa.system_memory_pool())  # as the service does
def resident():
    give_memory_back()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
customers = pq.ParquetFile(sys.argv[2]).read(["user_id"])["user_id"].to_numpy()
read_consent(Path(sys.argv[1])).fit_to(customers)  # what the libraries take once
before = resident()
kept = read_consent(Path(sys.argv[1]))
kept.fit_to(customers)
print((resident() - before) / 1e6)
"""


def write_consent(recs: Path, customers: Sequence[int], rows: int, *, far_apart: bool) -> None:
    """A consent file of `rows`, one a customer, all allowed: the set's customers, and others. The most to search."""
    rng, count = np.random.default_rng(1), rows - len(customers)
    among = np.setdiff1d(np.arange(min(customers), min(customers) + 2 * rows), customers)
    others = rng.integers(10**17, 10**18, count) if far_apart else rng.choice(among, count, replace=False)
    user_id = np.union1d(customers, others)
    table = pa.table(
        {
            "user_id": user_id,
            "channel": ["email"] * len(user_id),
            "allowed": np.ones(len(user_id), bool),
            "since": pa.array(np.full(len(user_id), 10**15), pa.timestamp("us", "UTC")),
        }
    )
    pq.write_table(table, recs / "consent.parquet", compression="zstd", write_page_checksum=True)


async def seconds(app: Any, bodies: list[bytes]) -> float:
    """Processor time to answer these requests, one after the other."""
    headers = [(b"content-type", b"application/json")]
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    started = time.thread_time()
    for body in bodies:
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
                 "path": "/recommendations", "raw_path": b"/recommendations", "query_string": b"", "root_path": "",
                 "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}  # fmt: skip

        async def receive(body: bytes = body) -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, receive, send)
    took = time.thread_time() - started
    if any(message.get("status", 200) != 200 for message in messages):
        raise SystemExit("answers that are not 200")
    return took


def applications(recs: Path) -> list[Any]:
    """The service with CONSENT off and required."""
    from recommendation_service import create_app
    from serving.settings import Settings

    return [create_app(Settings(recs_dir=recs, consent=consent)) for consent in ("off", "required")]


async def in_process(recs: Path, customers: Sequence[int], options: argparse.Namespace) -> list[float]:
    """Ask both by turns without a network: the ratios of requests a second of processor, required over off."""
    apps, rng, ratios = applications(recs), np.random.default_rng(0), []
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.state.service.lifespan(app))
        for turn in range(options.rounds):
            bodies = [b'{"user_id": %d, "k": 5}' % one for one in rng.choice(customers, options.requests)]
            order = apps if turn % 2 else apps[::-1]
            took = {id(app): await seconds(app, bodies) for app in order}
            if turn >= options.rounds // 20:  # the first warm up
                ratios.append(took[id(apps[0])] / took[id(apps[1])])
    return ratios


def serve(recs: Path) -> None:
    """Serve both applications in this process, a port each, until it is killed."""
    import uvicorn

    from serving.server.connections import Connection

    async def both() -> None:
        configs = [
            uvicorn.Config(app, port=port, http=Connection, log_config=None, access_log=False)
            for app, port in zip(applications(recs), PORTS, strict=True)
        ]
        await asyncio.gather(*(uvicorn.Server(config).serve() for config in configs))

    asyncio.run(both())


def over_http(recs: Path, customers: Sequence[int], options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Ask both by turns with wrk: ratios by requests a second, and by processor time (off over required)."""
    script, ids = recs.parent / "post.lua", recs.parent / "ids"
    ids.write_text("\n".join(map(str, np.random.default_rng(0).choice(customers, 20_000).tolist())))
    script.write_text(WRK % ids)
    start = "import sys; sys.path.insert(0, 'services'); import benchmarks.consent as c; c.serve(c.Path(sys.argv[1]))"
    command = [sys.executable, "-c", start, str(recs)]
    process = subprocess.Popen(command, cwd=SERVICES.parent, stderr=subprocess.DEVNULL)
    try:
        for port in PORTS:
            wait_for(port)
            load(port, script, 1, 64, process.pid)
        by_rate, by_processor = [], []
        for turn in range(options.wrk_rounds):
            order = PORTS if turn % 2 else PORTS[::-1]
            loads = {port: load(port, script, options.seconds, 64, process.pid) for port in order}
            off, required = (loads[port] for port in PORTS)
            if min(off[2], required[2]) > 0:  # 0 if other work took the whole processor
                by_rate.append(required[0] / off[0])
                by_processor.append(off[2] / required[2])
        return by_rate, by_processor
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    """Until the service on `port` is ready."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the service does not start")


def median(ratios: list[float]) -> str:
    """The median of ratios and their quartiles."""
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.3f} (quartiles {low:.3f}, {high:.3f}; {len(ratios)} turns)"


def measure(folder: Path, options: argparse.Namespace, *, far_apart: bool) -> None:
    """Print the figures of one kind of numbers."""
    from serving.sets.consent import read_consent

    recs = folder / "recs"
    write_big(recs, options.customers, far_apart=far_apart)
    customers = pq.read_table(recs / "current/customers.parquet")["user_id"].to_numpy()
    write_consent(recs, customers, options.rows, far_apart=far_apart)
    path, started = recs / "consent.parquet", time.process_time()
    read_consent(path).fit_to(customers)
    took = time.process_time() - started
    command = [sys.executable, "-c", _RESIDENT, str(path), str(recs / "current/customers.parquet")]
    taken = float(subprocess.run(command, cwd=SERVICES, capture_output=True, text=True, check=True).stdout)
    print(f"\nnumbers {'of 18 digits' if far_apart else 'close together'}; requests a second, required over off")
    print(f"a million rows: {took:.2f} s of processor to read, {taken:.1f} MB kept")
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):  # a line a request
        ratios = asyncio.run(in_process(recs, customers, options))
    print(f"in process, by processor time: {median(ratios)}")
    by_rate, by_processor = over_http(recs, customers, options)
    print(f"over HTTP, by wrk: {median(by_rate)}\nover HTTP, by processor time: {median(by_processor)}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors", flush=True)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the consent file")
    parser.add_argument("--customers", type=int, default=100_000, help="of the set")
    parser.add_argument("--rounds", type=int, default=800, help="in process")
    parser.add_argument("--requests", type=int, default=100, help="of one side in one round")
    parser.add_argument("--wrk-rounds", type=int, default=15, help="over HTTP")
    parser.add_argument("--seconds", type=int, default=1, help="of one side in one of them")
    options = parser.parse_args()
    sys.path.insert(0, str(SERVICES))
    for far_apart in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), options, far_apart=far_apart)


if __name__ == "__main__":
    main()
