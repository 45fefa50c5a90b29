"""Check that this code gives the results of an earlier commit, byte for byte.

    python -m benchmarks.same_results COMMIT [--customers 20000] [--seed 1]

Both commits run all stages (`python -m bankrec run`, then `evaluate`) on the same simulated bank and, where
`BANKREC_REAL_DATA` names the folder of the real sample, on June 2015. Compared are the lists of the set, the
catalogue, metrics, model card, cleaning report, manifest and outcome, without values that differ between runs: times,
paths, commit, ids of runs and sets; customers and catalogue of a set of format 1 in the words of format 2. Ends with
exit code 1 and the names of the files that differ.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
BYTES = ("recommendations.parquet", "top_popular.parquet", "reasons.json")
VARYING = ("run_id", "set_id", "created_at", "source", "input", "output", "seconds", "data", "sha256", "bytes")
TEXT_VARIES = re.compile(r"code [0-9a-f]{12}(-dirty)?|MLflow run [0-9a-f]{32}|/[^\s`]*")


def main() -> int:
    """Compare, print a line a file, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", help="the earlier commit, as git names it")
    parser.add_argument("--customers", type=int, default=20_000, help="size of the simulated bank (20000)")
    parser.add_argument("--seed", type=int, default=1, help="its seed (1)")
    chosen = parser.parse_args()
    different = []
    with tempfile.TemporaryDirectory(prefix="same-results-") as name, checked_out(chosen.commit) as before:
        work = Path(name)
        for bank, source, truth in banks(work, chosen.customers, chosen.seed):
            results = []
            for side, code in (("before", before), ("now", ROOT)):
                print(f"{bank}: run {side} ({code.name})", flush=True)
                results.append(whole_way(code, source, truth, work / f"{bank}-{side}"))
            different += compared(bank, *results)
    print("\n".join(f"DIFFERENT {name}" for name in different) or f"the same results as {chosen.commit}")
    return int(bool(different))


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A folder with the files of `commit`, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="same-results-code-") as folder:
        path = Path(folder) / commit.replace("/", "-")
        worktree = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*worktree, "add", "--quiet", "--detach", str(path), commit], check=True)
        try:
            yield path
        finally:
            subprocess.run([*worktree, "remove", "--force", str(path)], check=True)


def banks(work: Path, customers: int, seed: int) -> Iterator[tuple[str, Path, Path]]:
    """Name, raw file and outcomes of each bank."""
    raw, truth = work / "train_ver2.csv", work / "truth.parquet"
    bankrec(ROOT, work, "simulate", "--customers", customers, "--seed", seed, "--output", raw, "--truth", truth)
    yield "simulated", raw, truth
    real = os.environ.get("BANKREC_REAL_DATA")
    if real is None:
        print("SKIPPED: June 2015 of the real sample (BANKREC_REAL_DATA is not set)")
    else:
        folder = Path(real) / "june_2015"
        yield "june_2015", folder / "train_ver2.csv.gz", folder / "acquisitions_2015-06.csv"


def whole_way(code: Path, source: Path, truth: Path, work: Path) -> dict[str, Any]:
    """Run and evaluate with the code in `code`; results by file name: bytes, or the content of JSON and text."""
    bankrec(code, work, "run", "--input", source, "--workdir", work, "--name", "bank")
    bankrec(code, work, "evaluate", "--recs", work / "recs", "--truth", truth)
    contents: dict[str, Any] = {name: (work / "recs" / "current" / name).read_bytes() for name in BYTES}
    contents["customers.parquet"], contents["products.json"] = customers_and_products(work / "recs" / "current")
    contents["model_card.md"] = TEXT_VARIES.sub("", (work / "models" / "model_card.md").read_text("utf-8"))
    reports = [work / "recs" / "current" / "manifest.json", work / "recs" / "realised.json", *work.glob("*.json")]
    for path in (*reports, work / "models" / "metrics.json"):
        if path.name != "stages.json":
            contents[path.name] = steady(json.loads(path.read_text("utf-8")))
    return contents


def customers_and_products(folder: Path) -> tuple[pa.Table, list[list[Any]]]:
    """Customers and products of a set of any format, in format 2: holdings of 64 bits, a row for each product."""
    customers = pq.read_table(folder / "customers.parquet")
    place = customers.column_names.index("held")
    customers = customers.set_column(place, "held", customers["held"].cast(pa.uint64()))
    products = []
    for row in json.loads((folder / "products.json").read_text("utf-8")):
        names = row.get("names") or {"en": row["english"], "es": row["spanish"]}
        products.append([row["bit"], row.get("id") or row["column"], names, row["group"]])
    return customers, products


def steady(content: Any) -> Any:
    """The same without the entries that differ between runs."""
    if isinstance(content, dict):
        return {key: steady(value) for key, value in content.items() if key not in VARYING}
    return [steady(value) for value in content] if isinstance(content, list) else content


def compared(bank: str, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Names of the files that differ, a line printed for each file."""
    different = []
    for name in sorted({*before, *now}):
        same = before.get(name) == now.get(name)
        print(f"{bank}: {name}: {'same' if same else 'DIFFERENT'}")
        different += [] if same else [f"{bank}: {name}"]
    return different


def bankrec(code: Path, work: Path, *arguments: Any) -> None:
    """Run a command of the package in `code`; what it prints goes to `<work>/log.txt`."""
    work.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{work / 'mlflow.db'}", "PYTHONPATH": str(code)}
    with (work / "log.txt").open("a", encoding="utf-8") as log:
        command = [sys.executable, "-m", "bankrec", *map(str, arguments)]
        done = subprocess.run(command, cwd=code, env=environment, stdout=log, stderr=log, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{(work / 'log.txt').read_text('utf-8')[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
