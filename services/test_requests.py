"""Send traffic to the service so that the panels move: known customers, unknown ones, bad requests.

`python3 test_requests.py` is a gentle stream of about two minutes; it ends with a table. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import urllib.error
import urllib.request
from collections import Counter


def main() -> int:
    """Send the requests and print the table; exit code 1 if the service never answered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:4601", help="where the service listens")
    parser.add_argument("--rate", type=float, default=10.0, help="requests a second (10)")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long (120)")
    parser.add_argument("--customers", default="15889,1553689", help="lowest and highest number of a customer")
    parser.add_argument("--api-key", default="", help="sent as X-API-Key")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    low, high = (int(part) for part in arguments.customers.split(","))
    rng = random.Random(arguments.seed)
    statuses: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    times: list[float] = []
    end = time.monotonic() + arguments.seconds
    while (started := time.monotonic()) < end:
        kind = rng.random()
        body: dict[str, object] = {"user_id": rng.randint(low, high), "k": rng.choice([1, 3, 5, 5, 7, 24])}
        if kind < 0.1:
            body["user_id"] = high + rng.randint(1, 10**9)
        elif kind < 0.15:
            body["k"] = 99
        status, answer = _post(f"{arguments.url}/recommendations", body, arguments.api_key)
        statuses[status] += 1
        sources[str(answer.get("source", "-"))] += 1
        times.append(time.monotonic() - started)
        time.sleep(max(0.0, 1 / arguments.rate - (time.monotonic() - started)))
    _print_table(statuses, sources, times)
    return int(set(statuses) == {"unreachable"})


def _post(url: str, body: dict[str, object], key: str) -> tuple[str, dict[str, object]]:
    headers = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.status), json.load(answer)
    except urllib.error.HTTPError as error:
        return str(error.code), {}
    except (urllib.error.URLError, OSError):
        return "unreachable", {}


def _print_table(statuses: Counter[str], sources: Counter[str], times: list[float]) -> None:
    print(f"{'requests':<14}{len(times):>8,}")
    for title, counts in (("status", statuses), ("source", sources)):
        for name, count in sorted(counts.items()):
            print(f"{title + ' ' + name:<14}{count:>8,}  {count / len(times):>7.1%}")
    ordered = sorted(times)
    for share in (0.5, 0.95, 0.99):
        print(f"{f'p{share * 100:.0f}':<14}{ordered[int(share * (len(ordered) - 1))] * 1000:>8.1f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
