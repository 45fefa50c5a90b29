"""Sends traffic like that of client apps, so that the dashboard has data: known and unknown customers, bad requests.

`python3 test_requests.py` sends 20 requests a second for two minutes and prints a table at the end. It needs the
standard library only. Known customers are from the service's POST /console/customer (with DEMO=1), or
from `--customers FILE`, one number per line; without either, random numbers are sent, and counted as `random`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BAD = (b'{"user_id": "abc"}', b'{"user_id": 1, "k": 99}', b"not json", b"{}", b'{"user_id": 1, "segment": ""}')


@dataclass
class Results:
    """Answers so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


def send(url: str, body: bytes | None, key: str | None, timeout: float = 10.0) -> tuple[int, dict[str, Any], float]:
    """Status, answer and seconds of one request; status 0 where there was no answer."""
    headers = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {})}
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=timeout) as response:
            status, content = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    except OSError as error:
        return 0, {"detail": str(error)}, time.perf_counter() - started
    seconds = time.perf_counter() - started
    try:
        return status, json.loads(content), seconds
    except ValueError:
        return status, {"detail": "not JSON"}, seconds


def known_customers(options: argparse.Namespace) -> list[int]:
    """Customers to ask for: from the file, or from the service (DEMO=1); empty if neither names any."""
    if options.customers:
        return [int(line) for line in options.customers.read_text().split()]
    customers = set()
    for _ in range(200):
        status, answer, _ = send(f"{options.url}/console/customer", b'{"user_id": null}', options.key)
        if status != 200:
            break
        customers.add(int(answer["user_id"]))
    return sorted(customers)


def segments(options: argparse.Namespace) -> list[str | None]:
    """Segments for requests about unknown customers: none, and those of the set in use."""
    _, manifest, _ = send(f"{options.url}/set", None, options.key)
    return [None, *manifest.get("bank", {}).get("segments", [])]


def bodies(
    known: list[int], there: list[str | None], options: argparse.Namespace, rng: random.Random
) -> Iterator[tuple[str, str, bytes]]:
    """Kind, route and body of one request after the other; `there`: segments. Without `known`, of random customers."""
    kind, asked = ("known", known) if known else ("random", [rng.randrange(15_889, 1_500_000) for _ in range(200)])
    while True:
        dice, k = rng.random(), rng.choice((3, 5, 5, 5, 7, 10))
        if dice < options.bad:
            yield "bad", "/recommendations", rng.choice(BAD)
        elif dice < options.bad + options.unknown:
            body = {"user_id": rng.randrange(10**9, 10**10), "k": k, "segment": rng.choice(there)}
            yield "unknown", "/recommendations", json.dumps(body).encode()
        elif dice < options.bad + options.unknown + 0.01:
            ids = [rng.choice(asked) for _ in range(50)]
            yield "batch", "/recommendations/batch", json.dumps({"user_ids": ids, "k": k}).encode()
        else:
            yield kind, "/recommendations", json.dumps({"user_id": rng.choice(asked), "k": k}).encode()


def one(options: argparse.Namespace, request: tuple[str, str, bytes], results: Results, lock: threading.Lock) -> None:
    """Send one request and record its answer."""
    kind, route, body = request
    status, answer, seconds = send(options.url + route, body, options.key)
    with lock:
        results.kinds[kind] += 1
        results.statuses[str(status) if status else "no answer"] += 1
        results.seconds.append(seconds)
        for result in answer.get("results", [answer] if "source" in answer else []):
            results.sources[result["source"]] += 1
        if status != (422 if kind == "bad" else 200):
            results.unexpected.append(f"{kind}: {status} {answer.get('detail', '')}")


def stream(options: argparse.Namespace, report: Callable[[str], None]) -> Results:
    """Send requests at the rate and for the duration of `options`."""
    rng, results, lock = random.Random(options.seed), Results(), threading.Lock()
    known = known_customers(options)
    if not known:
        report("random customers: start the service with DEMO=1, or give --customers FILE")
    requests = bodies(known, segments(options), options, rng)
    started, last_report = time.monotonic(), 0.0
    running: list[threading.Thread] = []
    try:
        while (now := time.monotonic() - started) < options.duration:
            thread = threading.Thread(target=one, args=(options, next(requests), results, lock), daemon=True)
            thread.start()
            running = [other for other in running if other.is_alive()] + [thread]
            if now - last_report >= 10:
                last_report = now
                report(f"{now:4.0f} s: {len(results.seconds)} answers, {dict(results.statuses)}")
            time.sleep(rng.expovariate(options.rate))
    except KeyboardInterrupt:
        report("stopped")
    for thread in running:
        thread.join(10)
    return results


def table(results: Results) -> str:
    """What was sent and answered."""
    lines = [f"{'requests':<12}{len(results.seconds):>10,}"]
    for title, counter in (("sent", results.kinds), ("status", results.statuses), ("source", results.sources)):
        lines += [f"{title:<12}{name:<14}{count:>10,}" for name, count in sorted(counter.items())]
    if len(results.seconds) > 1:
        cuts = statistics.quantiles(results.seconds, n=1000, method="inclusive")
        for name, place in (("p50", 499), ("p95", 949), ("p99", 989), ("p99.9", 998)):
            lines.append(f"{'latency':<12}{name:<14}{cuts[place] * 1000:>10.2f} ms")
    lines.append(f"{'unexpected':<12}{len(results.unexpected):>10,}")
    return "\n".join([*lines, *sorted(set(results.unexpected))[:5]])


def main() -> int:
    """Send the requests, print the table; the exit code is 1 if an answer was not the expected one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = f"http://127.0.0.1:{os.environ.get('PORT', '4601')}"
    parser.add_argument("--url", default=default, help=f"address of the service ({default})")
    parser.add_argument("--rate", type=float, default=20, help="requests a second, on average (20)")
    parser.add_argument("--duration", type=float, default=120, help="seconds (120)")
    parser.add_argument("--unknown", type=float, default=0.1, help="share of unknown customers (0.1)")
    parser.add_argument("--bad", type=float, default=0.02, help="share of bad requests (0.02)")
    parser.add_argument("--customers", type=Path, help="file of known customers, one number per line")
    parser.add_argument("--key", default=os.environ.get("API_KEY"), help="API key (API_KEY)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random requests (0)")
    options = parser.parse_args()
    status, answer, _ = send(f"{options.url}/health/ready", None, None)
    if status != 200:
        print(f"{options.url} is not ready: {answer.get('detail', 'no answer')}")
        return 1
    results = stream(options, lambda text: print(text, flush=True))
    print(table(results))
    return 1 if results.unexpected else 0


if __name__ == "__main__":
    raise SystemExit(main())
