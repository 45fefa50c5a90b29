"""The backtest: the same steps at several as-of months of one bank, mean and spread.

`python -m benchmarks.backtest --data data/preprocessed_data.parquet --months 4`, or without `--data` on a
simulated bank. Each target month is forecast from the months before it alone; the last is the bank's last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from bankrec.bank.files import santander
from bankrec.cleaning.histories import build_histories, load_histories
from bankrec.config import Config
from bankrec.evaluation.backtest import evaluate_month
from bankrec.evaluation.holdings_protocol import first_study
from bankrec.history import History
from bankrec.model.scoring import recommend_all
from benchmarks import kept, result_file
from benchmarks.banks import simulated

HOLDINGS = "holdings_protocol.csv"
COLUMNS = {
    "acquirers": "acquirers",
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


def backtest(history: History, months: int, config: Config, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per target month, below them the mean and the standard deviation; and the first study's table.

    The second table is of the last target month: see `bankrec.evaluation.holdings_protocol`.
    """
    last = len(history.months)
    rows = {}
    for target in range(max(2, last - months), last):
        past = history.until(target)
        all_lists = recommend_all(past, kept.recommender(past, config, folder))
        ranked, _, quality = evaluate_month(history, target, all_lists, config.popularity)
        numbers = quality.as_dict()
        after = history.words[history.rows(ranked.user_id), target]
        holdings = first_study(ranked.items, ranked.held, after)
        rows[f"{history.months[target]:%Y-%m}"] = {text: numbers[name] for name, text in COLUMNS.items()}
        share = quality.map_at_7_of_maximum.value
        print(f"{history.months[target]:%Y-%m}: {share:.4f} of the maximum", file=sys.stderr, flush=True)
    table = pd.DataFrame(rows).T
    summary = pd.DataFrame({"mean": table.mean(), "spread (sd)": table.std()}).T
    return pd.concat([table, summary]), holdings


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="clean snapshots; without it a simulated bank")
    parser.add_argument("--months", type=int, default=4, help="target months, the last ones of the data")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help=f"CSV to write the table to, with {HOLDINGS} beside it")
    options = parser.parse_args()
    if options.data:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "histories.parquet"
            build_histories(options.data, path, santander())
            name, history = str(options.data), load_histories(path, santander())
    else:
        bank = simulated(options.customers, options.seed, options.folder)
        name, history = bank.name, bank.history
    print(f"{name}: {len(history):,} customers\n")
    table, holdings = backtest(history, options.months, Config(), options.folder)
    print(table.to_string(float_format="%.4f"))
    if options.output:
        result_file.save(options.output, table.rename_axis("month").reset_index().round(4), "benchmarks.backtest", name)
        truth = f"{name}; next month's holdings as the truth, the last of the months"
        result_file.save(options.output.with_name(HOLDINGS), holdings.round(4), "benchmarks.backtest", truth)
    print("\nThe earlier study's protocol: next month's holdings, where a product held already counts as a hit.")
    print("These figures are no measure of recommendations: repeating the holdings is nearly perfect.\n")
    print(holdings.to_string(index=False, float_format="%.4f"))


if __name__ == "__main__":
    main()
