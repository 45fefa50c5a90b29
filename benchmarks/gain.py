"""The gain in MAP@7 of this code over an earlier commit, on months of the banks' own data.

    python -m benchmarks.gain COMMIT --customers 100000 --seeds 31 32 33 --back 1 2 3 4 --real FOLDER

Both codes are fitted to the same banks, each in a process of its own. For each target month: the share of the maximum
MAP@7 of both, the difference with its 95% bootstrap interval over the customers who acquire something, processor time
of fitting and ranking, and how far the expected acquisitions are from those observed. The month after a bank's last one
stays unseen; `--target` takes that month instead, for the commit chosen.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.evaluation.intervals import mean_interval
from benchmarks.same_results import ROOT, checked_out

Side = dict[str, npt.NDArray[Any]]
FIT = Path(__file__).with_name("gain_fit.py")


def fitted(code: Path, kind: str, about: str, back: int, folder: Path, work: Path) -> Side:
    """Fit with the code in `code` to one bank `back` months before its end: what `gain_fit.py` stores."""
    output = work / "side.npz"
    command = [sys.executable, str(FIT), kind, about, str(back), str(folder.resolve()), str(output)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(code), str(code / "services")])}
    subprocess.run(command, cwd=code, env=environment, check=True, stderr=subprocess.DEVNULL)
    with np.load(output) as stored:
        return dict(stored)


def row(before: Side, now: Side) -> dict[str, Any]:
    """Figures of one bank and month, or of several put together."""
    gain = mean_interval(now["precision"] - before["precision"])
    return {
        "customers": len(now["precision"]),
        "before": before["precision"].mean(),
        "now": now["precision"].mean(),
        "gain": gain.value,
        "low": gain.low,
        "high": gain.high,
        "seconds before": before["seconds"].sum(),
        "seconds now": now["seconds"].sum(),
        "total off, before": totals_off(before),
        "total off, now": totals_off(now),
        "product off, before": products_off(before),
        "product off, now": products_off(now),
        "score rises, before": before["rises"].mean(),
        "score rises, now": now["rises"].mean(),
    }


def totals_off(side: Side) -> float:
    """Mean over months of |log(expected / observed)| of all acquisitions of a month."""
    return float(np.abs(np.log(side["expected"].sum(axis=-1) / side["observed"].sum(axis=-1))).mean())


def products_off(side: Side, fewest: int = 10) -> float:
    """Median of |log(expected / observed)| over months and products that were acquired `fewest` times or more."""
    counted = side["observed"] >= fewest
    return float(np.median(np.abs(np.log(np.maximum(side["expected"][counted], 0.5) / side["observed"][counted]))))


def together(sides: list[Side]) -> Side:
    """Several months as one: customers one after the other, months as rows."""
    joined: Side = {"precision": np.concatenate([side["precision"] for side in sides])}
    return joined | {name: np.array([side[name] for side in sides]) for name in sides[0] if name != "precision"}


def main() -> None:
    """Read the options, fit both, print a table and write it as CSV."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("commit", help="the earlier commit, as git names it")
    parser.add_argument("--customers", type=int, default=100_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows")
    parser.add_argument("--back", type=int, nargs="+", default=[1, 2, 3, 4], help="target months of simulated banks")
    parser.add_argument("--real-back", type=int, nargs="+", default=[1, 2], help="target months of the real rows")
    parser.add_argument("--target", action="store_true", help="the month after the last one, in place of `--back`")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help="CSV file to write")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    groups = {"simulated": [("simulated", f"{options.customers} {seed}", options.back) for seed in options.seeds]}
    if options.real is not None:
        groups["real"] = [("real", str(options.real.resolve()), options.real_back)]
    rows = {}
    with tempfile.TemporaryDirectory() as name, checked_out(options.commit) as before:
        for group, banks in groups.items():
            pairs = []
            for kind, about, back in banks:
                for month in [0] if options.target else back:
                    pairs.append(
                        [fitted(code, kind, about, month, options.folder, Path(name)) for code in (before, ROOT)]
                    )
                    label = f"{kind} {Path(about).name}, {month} back"
                    rows[label] = row(*pairs[-1])
                    print(label, {key: round(float(value), 4) for key, value in rows[label].items()}, flush=True)
            if len(pairs) > 1:
                sides = [together(list(side)) for side in zip(*pairs, strict=True)]
                rows[f"{group}, together"] = row(*sides)
    table = pd.DataFrame(rows).T.rename_axis("bank and month")
    print(table.to_string(float_format="%.4f"))
    if options.output is not None:
        about = f"# python -m benchmarks.gain {' '.join(sys.argv[1:])}\n"
        options.output.write_text(about + table.round(5).to_csv(), encoding="utf-8")


if __name__ == "__main__":
    main()
