"""What this code gains over an earlier commit, customer by customer, on months that banks know themselves.

    python -m benchmarks.gain COMMIT --customers 100000 --seeds 31 32 33 --back 1 2 3 4 --real FOLDER

Both codes are fitted to the same banks, each in a process of its own. For each target month: the share of the maximum
MAP@7 of both, the difference with its 95% bootstrap interval over the customers who acquire something, processor time of
fitting and ranking, and how far the expected acquisitions are from those observed. Simulated banks are made by this
code. The month after a bank's last one stays unseen; `--target` takes that month instead, for the commit chosen.
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

Floats = npt.NDArray[np.float64]
Side = dict[str, npt.NDArray[Any]]
# Run in the folder of either commit: fits on one bank and month, and stores what is compared. Module names are those of
# the commit: `judged_months` and `bankrec.evaluation` have been renamed since.
FIT = """
import sys, time, importlib
from pathlib import Path
import numpy as np
def first(*names):
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            pass
    raise SystemExit(f"none of {names} is there")
from bankrec.config import Config
from benchmarks import banks
fit = first("bankrec.model.training", "bankrec.training").fit
recommend_all = first("bankrec.model.scoring", "bankrec.training").recommend_all
average_precision = first("bankrec.evaluation.metrics", "bankrec.metrics").average_precision
kind, about, back, folder, output = sys.argv[1:]
bank = banks.real(Path(about), Path(folder)) if kind == "real" else banks.simulated(*map(int, about.split()), Path(folder))
bank = banks.earlier(bank, int(back)) if int(back) else bank
began = time.process_time()
ranked = recommend_all(bank.history, fit(bank.history, Config(), progress=False))
seconds = time.process_time() - began
rows = np.searchsorted(ranked.user_id, bank.history.user_id[bank.rows])
adders = bank.added != 0
expected = np.zeros(24)
np.add.at(expected, ranked.items[ranked.items >= 0], ranked.scores[ranked.items >= 0])
observed = (bank.added[:, None] >> np.arange(24, dtype=np.uint32) & 1).sum(axis=0)
scores = ranked.scores[rows][:, :7]
np.savez(output, precision=average_precision(ranked.items[rows], bank.added)[adders], seconds=seconds, expected=expected,
         observed=observed, rises=(np.diff(scores, axis=1) > 0).any(axis=1).mean())
"""


def fitted(code: Path, kind: str, about: str, back: int, folder: Path, work: Path) -> Side:
    """Fit with the code in `code` to one bank `back` months before its end: what `FIT` stores."""
    output = work / "side.npz"
    command = [sys.executable, "-c", FIT, kind, about, str(back), str(folder.resolve()), str(output)]
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
        "total before": off(before["expected"].sum(axis=-1), before["observed"].sum(axis=-1)),
        "total now": off(now["expected"].sum(axis=-1), now["observed"].sum(axis=-1)),
        "product before": off(before["expected"], before["observed"]),
        "product now": off(now["expected"], now["observed"]),
        "score rises": now["rises"].mean(),
    }


def off(expected: Floats, observed: Floats, fewest: int = 10) -> float:
    """Median of |log(expected / observed)| over what was observed `fewest` times or more."""
    counted = observed >= fewest
    return float(np.median(np.abs(np.log((expected[counted] + 0.5) / (observed[counted] + 0.5)))))


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
                    pairs.append([fitted(code, kind, about, month, options.folder, Path(name)) for code in (before, ROOT)])
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
