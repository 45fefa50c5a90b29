"""The bank of `make run` (or any clean snapshots), its last month forecast: two tables, as the README has them.

`python -m benchmarks.demo_bank` after `make run` writes both. `demo_bank.csv` has a row per method: MAP@7 as a share
of its maximum. `demo_bank_by_k.csv` has precision, recall, coverage and novelty at 1, 3, 5 and 7 places, and below
them the same measures under the first study's protocol, which counts next month's holdings as hits.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from bankrec.bank.files import santander
from bankrec.cleaning.histories import build_histories, load_histories
from bankrec.config import Config
from bankrec.evaluation import metrics
from bankrec.evaluation.backtest import backtest_last_month
from bankrec.evaluation.baselines import baselines, compare
from bankrec.evaluation.holdings_protocol import first_study
from bankrec.history import History
from bankrec.holdings import Items, Words
from bankrec.storage.model_folder import data_name
from benchmarks import result_file
from benchmarks.baselines import OURS

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
METHODS, BY_K = "demo_bank.csv", "demo_bank_by_k.csv"
PLACES = (1, 3, 5, 7)
ACQUISITIONS, HOLDINGS = "acquisitions", "holdings"


def at_each_k(items: Items, acquired: Words, held: Words) -> pd.DataFrame:
    """Precision, recall, coverage and novelty (bits) of the first 1, 3, 5 and 7 places, a row each.

    `items` int8 [n, m]; `acquired` and `held` uint64 [n]. Precision is the mean over all customers, recall over
    those who acquire something.
    """
    products, someone = items.shape[1], acquired != 0
    rows = [
        {
            "k": k,
            "precision": metrics.precision(items, acquired, k).mean(),
            "recall": metrics.recall(items[someone], acquired[someone], k).mean(),
            "coverage": metrics.coverage(items, k, products),
            "novelty, bits": metrics.novelty(items, held, k, products),
        }
        for k in PLACES
    ]
    return pd.DataFrame(rows)


def measure(history: History) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables, of the last month of `history`, forecast from the months before it."""
    month = backtest_last_month(history, Config())
    if month is None:
        raise SystemExit("the data has fewer than three months: give more, none is left to evaluate on")
    ranked, rows = month.ranked, history.rows(month.ranked.user_id)
    lists = baselines(history, month.target, rows, Config()) | {OURS: ranked.items}
    methods = compare(lists, month.added)[["of max", "low", "high"]]
    methods = methods.rename(columns={"of max": "share of maximum"}).rename_axis("method").reset_index()
    by_k = at_each_k(ranked.items, month.added, ranked.held)
    by_k.insert(0, "hits", ACQUISITIONS)
    by_k.insert(1, "ranking", OURS)
    holdings = first_study(ranked.items, ranked.held, history.words[rows, month.target])
    holdings.insert(0, "hits", HOLDINGS)
    # Six digits, so that tables rounded from these files are rounded once.
    return methods.round(6), pd.concat([by_k, holdings], ignore_index=True).round(6)


def main() -> None:
    """Read the options, measure, write both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/preprocessed_data.parquet"), help="clean snapshots")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "histories.parquet"
        build_histories(options.data, path, santander())
        history = load_histories(path, santander())
    on = f"{data_name(options.data)}, target {history.months[-1]:%B %Y}"
    for name, table in zip((METHODS, BY_K), measure(history), strict=True):
        result_file.save(RESULTS / name, table, "benchmarks.demo_bank", on)
        print(f"{on}\n{table.to_string(index=False)}\n")


if __name__ == "__main__":
    main()
