"""What consent costs the service: requests a second with CONSENT=required over off, time to read a million rows.

Both applications run in this process over the same set and are asked by turns, without a network: what differs between
two processes of the same code is more than there is to be seen. `python -m benchmarks.consent` from the root.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.services.made_sets import write_big

CHANNELS = ("branch", "email", "phone", "sms")


def write_consent(recs: Path, customers: Sequence[int], rows: int) -> None:
    """A consent file of `rows`, a row for each of four channels, all allowed: the set's customers, and others."""
    among = np.setdiff1d(np.arange(min(customers), min(customers) + rows), customers)
    others = np.random.default_rng(1).choice(among, rows // len(CHANNELS) - len(customers), replace=False)
    user_id = np.sort(np.concatenate([customers, others]))
    table = pa.table(
        {
            "user_id": np.repeat(user_id, len(CHANNELS)),
            "channel": np.tile(CHANNELS, len(user_id)),
            "allowed": np.ones(len(user_id) * len(CHANNELS), bool),
            "since": pa.array(np.full(len(user_id) * len(CHANNELS), 10**15), pa.timestamp("us", "UTC")),
        }
    )
    pq.write_table(table, recs / "consent.parquet", compression="zstd", write_page_checksum=True)


async def seconds(app: Any, bodies: list[bytes]) -> float:
    """Time to answer these requests, one after the other."""
    headers = [(b"content-type", b"application/json")]
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    started = time.perf_counter()
    for body in bodies:
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
                 "path": "/recommendations", "raw_path": b"/recommendations", "query_string": b"", "root_path": "",
                 "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}  # fmt: skip

        async def receive(body: bytes = body) -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, receive, send)
    took = time.perf_counter() - started
    if any(message.get("status", 200) != 200 for message in messages):
        raise SystemExit("answers that are not 200")
    return took


async def measure(recs: Path, customers: Sequence[int], options: argparse.Namespace) -> None:
    """Ask both by turns, and print the median of the ratios."""
    from recommendation_service import create_app
    from serving.settings import Settings

    apps = [create_app(Settings(recs_dir=recs, consent=consent)) for consent in ("off", "required")]
    rng, ratios = np.random.default_rng(0), []
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.state.service.lifespan(app))
        for turn in range(options.rounds):
            bodies = [b'{"user_id": %d, "k": 5}' % one for one in rng.choice(customers, options.requests)]
            order = apps if turn % 2 else apps[::-1]
            took = {id(app): await seconds(app, bodies) for app in order}
            if turn >= options.rounds // 20:  # the first warm up
                ratios.append(took[id(apps[0])] / took[id(apps[1])])
        rate = options.requests / took[id(apps[1])]
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"requests a second, required over off: {middle:.3f} (quartiles {low:.3f}, {high:.3f}; {len(ratios)} turns)")
    print(f"required: {rate:,.0f} a second in this process")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the consent file")
    parser.add_argument("--customers", type=int, default=100_000, help="of the set")
    parser.add_argument("--rounds", type=int, default=800)
    parser.add_argument("--requests", type=int, default=100, help="of one side in one round")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "services"))
    from serving.sets.consent import read_consent

    with tempfile.TemporaryDirectory() as folder:
        recs = Path(folder) / "recs"
        write_big(recs, options.customers)
        customers = pq.read_table(recs / "current/customers.parquet")["user_id"].to_numpy()
        write_consent(recs, customers, options.rows)
        started = time.perf_counter()
        read_consent(recs / "consent.parquet")
        print(f"{options.rows:,} rows read in {time.perf_counter() - started:.2f} s")
        with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):  # a line a request
            asyncio.run(measure(recs, customers, options))


if __name__ == "__main__":
    main()
