"""The backtest: the same steps at several as-of months of one bank, mean and spread.

`python -m benchmarks.backtest --data data/preprocessed_data.parquet --months 4`, or without `--data` on a
simulated bank. Each target month is told from the months before it alone; the last is the bank's last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from bankrec.build_histories import build_histories, load_histories
from bankrec.config import Config
from bankrec.evaluation import judge_months
from bankrec.histories import History
from benchmarks.banks import simulated

COLUMNS = {
    "adders": "adders",
    "map_at_7": "MAP@7, all",
    "map_at_7_maximum": "at most",
    "map_at_7_of_maximum": "share of maximum",
    "map_at_7_of_maximum_low": "low",
    "map_at_7_of_maximum_high": "high",
    "map_at_7_popularity_of_maximum": "popularity",
    "recall_at_7": "recall@7",
    "forecast_error": "forecast error",
    "calibration_error": "calibration error",
    "base_rate": "base rate",
}


def backtest(history: History, months: int, config: Config) -> pd.DataFrame:
    """A row per target month, and below them the mean and the standard deviation."""
    last = len(history.months)
    rows = {}
    for target, *_, found in judge_months(history, config, range(max(2, last - months), last)):
        rows[f"{history.months[target]:%Y-%m}"] = {text: found[name] for name, text in COLUMNS.items()}
        share = found["map_at_7_of_maximum"]
        print(f"{history.months[target]:%Y-%m}: {share:.4f} of the maximum", file=sys.stderr, flush=True)
    table = pd.DataFrame(rows).T
    return pd.concat([table, pd.DataFrame({"mean": table.mean(), "spread (sd)": table.std()}).T])


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="clean snapshots; without it a simulated bank")
    parser.add_argument("--months", type=int, default=4, help="target months, the last ones of the data")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    options = parser.parse_args()
    if options.data:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "histories.parquet"
            build_histories(options.data, path)
            name, history = str(options.data), load_histories(path)
    else:
        bank = simulated(options.customers, options.seed, options.folder)
        name, history = bank.name, bank.history
    print(f"{name}: {len(history):,} customers\n")
    print(backtest(history, options.months, Config()).to_string(float_format="%.4f"))


if __name__ == "__main__":
    main()
