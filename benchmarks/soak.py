"""Soak test: a load on the service for minutes, with switches of the set, bad requests and dropped connections.

`python -m benchmarks.soak --seconds 240` from the root (wrk is needed). Two sets take turns; every
answer's set, names and status are checked in wrk, and a second client compares whole lists with the
files of the sets. Ends with a table: answers, errors, memory over time.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.serving import resident, serving
from tests.services.made_sets import sign_again, switch, write_big

PORT = 4790
WRK = """
local ids, n, wrong, good, bad, seen = {}, 0, 0, 0, 0, {}
for line in io.lines("%s") do ids[#ids + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  n = n + 1
  if n %% 50 == 0 then return wrk.format(nil, nil, nil, '{"user_id": "x' .. n .. '"}') end
  if n %% 10 == 0 then return wrk.format(nil, nil, nil, '{"user_id": ' .. (900000000000 + n) .. '}') end
  return wrk.format(nil, nil, nil, '{"user_id": ' .. ids[n %% #ids + 1] .. ', "k": 5}')
end
response = function(status, headers, body)
  if status == 422 then
    bad = bad + 1
  elseif status == 200 then
    local set = body:match('"set_id":"soak_(%%a)"')
    local other = set == "a" and '"name":"b ' or '"name":"a '
    if not set or body:find(other, 1, true) or not body:match('"returned":%%d') then wrong = wrong + 1
    else good = good + 1; seen[set] = (seen[set] or 0) + 1 end
  else
    wrong = wrong + 1
    if wrong < 5 then print("WRONG", status, body) end
  end
  if (good + bad + wrong) %% 5000 == 0 then
    local file = io.open("%s", "w")
    file:write(good, " ", bad, " ", wrong, " ", seen.a or 0, " ", seen.b or 0)
    file:close()
  end
end
"""


def make_set(recs: Path, letter: str, customers: int, seed: int) -> dict[int, list[str]]:
    """A set whose product names begin with its letter; the first five items of a thousand customers."""
    folder = write_big(recs, customers, f"soak_{letter}", seed)
    catalogue = json.loads((folder / "products.json").read_text())
    for product in catalogue:
        product["names"]["en"] = f"{letter} {product['names']['en']}"
    (folder / "products.json").write_text(json.dumps(catalogue))
    sign_again(folder)
    table = pq.ParquetFile(folder / "recommendations.parquet").read(["user_id", "item_id", "rank"])
    table = table.filter(np.asarray(table["rank"]) <= 5).slice(0, 5000)
    lists: dict[int, list[str]] = {}
    for user_id, item in zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True):
        lists.setdefault(user_id, []).append(item)
    return lists


def main() -> int:
    """Run the soak; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--switch-every", type=float, default=5.0, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, recs = Path(name), Path(name) / "recs"
        lists = {letter: make_set(recs, letter, options.customers, seed) for seed, letter in enumerate("ab")}
        (folder / "ids").write_text("\n".join(map(str, {**lists["a"], **lists["b"]})))
        (folder / "soak.lua").write_text(WRK % (folder / "ids", folder / "counts"))
        with serving("ours", PORT, recs) as pid:
            return soak(options, folder, recs, lists, pid)


def soak(
    options: argparse.Namespace, folder: Path, recs: Path, lists: dict[str, dict[int, list[str]]], pid: int
) -> int:
    """Run the load and the disturbances, measure, print the table."""
    stop, wrong, asked_at, memory, switches, dropped = threading.Event(), [], [], [], [0], [0]
    url = f"http://127.0.0.1:{PORT}"

    def switching() -> None:
        while not stop.wait(options.switch_every):
            switches[0] += 1
            switch(recs, f"soak_{'ab'[switches[0] % 2]}")

    def dropping() -> None:
        start = b"POST /recommendations HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n{"
        while not stop.wait(0.1):
            with socket.create_connection(("127.0.0.1", PORT)) as connection:
                connection.sendall(start[: random.randrange(len(start))])
            dropped[0] += 1

    def comparing() -> None:
        known = [user for user in lists["a"] if user in lists["b"]] or list(lists["a"])
        while not stop.wait(0.01):
            user = random.choice(known)
            body = json.dumps({"user_id": user, "k": 5}).encode()
            asked = urllib.request.Request(f"{url}/recommendations", body, {"Content-Type": "application/json"})
            started = time.monotonic()
            with urllib.request.urlopen(asked, timeout=10) as response:
                answer = json.load(response)
            asked_at.append((started, time.monotonic() - started, answer["set_id"][-1]))
            expected = lists[answer["set_id"][-1]].get(user)
            items = [one["item_id"] for one in answer["recommendations"]]
            if answer["source"] == "personal" and items != expected:
                wrong.append((user, items, expected))

    def watching() -> None:
        started = time.monotonic()
        while not stop.wait(options.seconds / 20):
            memory.append((time.monotonic() - started, resident(pid)["now"]))
            print(f"{memory[-1][0]:5.0f} s  {memory[-1][1]:.0f} MB", file=sys.stderr)

    threads = [threading.Thread(target=work, daemon=True) for work in (switching, dropping, comparing, watching)]
    for thread in threads:
        thread.start()
    command = ["wrk", "-t1", "-c64", f"-d{options.seconds}s", "-s", str(folder / "soak.lua"), "--latency",
               "--timeout", "10s", f"{url}/recommendations"]  # fmt: skip
    report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    stop.set()
    for thread in threads:
        thread.join(15)
    good, bad, odd, of_a, of_b = map(int, (folder / "counts").read_text().split())
    total = int(re.search(r"(\d+) requests in", report)[1])  # type: ignore[index]
    sockets = re.search(r"Socket errors:.*", report)
    metrics = urllib.request.urlopen(f"{url}/metrics").read().decode()
    loads = re.findall(r'recommendations_set_loads_total\{result="(\w+)"\} (\d+)', metrics)
    load_seconds, count = (float(re.search(rf"load_seconds_{end} (\S+)", metrics)[1]) for end in ("sum", "count"))  # type: ignore[index]
    apart, during = tails(asked_at, load_seconds / count)
    half = [mb for _, mb in memory[len(memory) // 2 :]]
    print(f"| requests | {total:,} in {options.seconds} s |\n|---|---|")
    print(f"| answered from set a, b (of the first {good + bad + odd:,}) | {of_a:,}, {of_b:,} |")
    print(f"| bad requests, answered 422 | {bad:,} |")
    print(f"| switches, loads | {switches[0]}, {dict(loads)} |")
    print(f"| connections dropped half-way | {dropped[0]:,} |")
    print(f"| whole lists compared, wrong | {len(asked_at):,}, {len(wrong)} |")
    print(f"| wrong answers or statuses, socket errors | {odd}, {sockets[0] if sockets else 'none'} |")
    print(f"| resident memory, first to last half, MB | {memory[0][1]:.0f}; {min(half):.0f} to {max(half):.0f} |")
    print(f"| latency | {', '.join(' '.join(line.split()) for line in re.findall(r' (?:50|99)%.*', report))} |")
    print(f"| p99 of the comparing client, ms: no set is loaded, a set is loaded | {apart:.1f}, {during:.1f} |")
    return 1 if odd or wrong or sockets else 0


def tails(asked_at: list[tuple[float, float, str]], load_seconds: float) -> tuple[float, float]:
    """99th percentile in milliseconds of requests (when, seconds, set): apart from loads, and during one.

    A load ends when the answers begin to come from the other set, and took `load_seconds`.
    """
    ends = [later[0] for earlier, later in pairwise(asked_at) if earlier[2] != later[2]]
    loading = [any(end - load_seconds <= when <= end for end in ends) for when, _, _ in asked_at]
    times = np.array([seconds for _, seconds, _ in asked_at]) * 1e3
    return float(np.quantile(times[~np.array(loading)], 0.99)), float(np.quantile(times[loading], 0.99))


if __name__ == "__main__":
    raise SystemExit(main())
