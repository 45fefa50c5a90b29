"""One table: MAP@7 of each method on the acquisitions of the month after, over several banks.

`python -m benchmarks.quality --customers 100000 --seeds 1 2 3 --real FOLDER --output benchmarks/results/quality.csv`
prints and writes: MAP@7 over all customers and as a share of its maximum (the share of acquirers),
each with a 95% bootstrap interval over customers; then our model against the reference, customer by customer.
`--earlier` evaluates on the last month of the banks' own data, and does not use the month after.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import average_precision
from benchmarks import banks, kept, result_file
from benchmarks.baselines import METHODS, OURS, REFERENCE

Floats = npt.NDArray[np.float64]
ORACLE, GAIN = "oracle (true probabilities)", "our model less reference"
OF_ALL, OF_MAXIMUM = "MAP@7, all", "share of maximum"


def evaluate(bank: banks.Bank, skip: set[str], folder: Path) -> dict[str, Floats]:
    """AP@7 of every customer evaluated for each method: name -> float64 [m].

    Results are kept in `folder` until the code or the bank changes, so that a stopped run continues where it was.
    """
    by_method = {}
    for name, method in METHODS.items():
        if name in skip:
            continue
        stored = folder / f"quality_{kept.fingerprint(bank.history, bank.name, name)}.npy"
        if stored.exists():
            by_method[name] = np.load(stored)
            continue
        began = time.perf_counter()
        by_method[name] = average_precision(method(bank.history)[bank.rows], bank.added)
        adds = max(int((bank.added != 0).sum()), 1)
        took = time.perf_counter() - began
        print(f"{bank.name}: {name} {by_method[name].sum() / adds:.4f}, {took:.0f} s", file=sys.stderr, flush=True)
        np.save(stored, by_method[name])
    if bank.oracle is not None:
        by_method[ORACLE] = average_precision(bank.oracle, bank.added)
    return by_method


def figures(results: list[tuple[banks.Bank, dict[str, Floats]]]) -> pd.DataFrame:
    """`bank, method, measure, value, low, high`: a row per bank, method and measure, with the 95% interval.

    The method `our model less reference` is paired by customer, per bank and pooled over the simulated banks.
    """
    rows, pooled = [], []
    for bank, by_method in results:
        adds = (bank.added != 0).astype(np.float64)
        for name, precision in by_method.items():
            rows.append(_row(bank.name, name, OF_ALL, precision, np.ones(len(adds))))
            rows.append(_row(bank.name, name, OF_MAXIMUM, precision, adds))
        rows.append((bank.name, "maximum", OF_ALL, adds.mean(), np.nan, np.nan))
        if {OURS, REFERENCE} <= set(by_method):
            gain = by_method[OURS] - by_method[REFERENCE]
            rows.append(_row(bank.name, GAIN, OF_MAXIMUM, gain, adds))
            if ORACLE in by_method:
                pooled.append((gain, adds))
    if pooled:
        gain, adds = (np.concatenate(columns) for columns in zip(*pooled, strict=True))
        rows.append(_row("simulated banks pooled", GAIN, OF_MAXIMUM, gain, adds))
    return pd.DataFrame(rows, columns=["bank", "method", "measure", "value", "low", "high"]).round(5)


def _row(
    bank: str, method: str, measure: str, top: Floats, bottom: Floats
) -> tuple[str, str, str, float, float, float]:
    interval = ratio_interval(top, bottom)
    return bank, method, measure, interval.value, interval.low, interval.high


def main() -> None:
    """Read the options, evaluate bank by bank, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows with acquisitions_*.csv")
    parser.add_argument("--skip", nargs="*", default=[], choices=list(METHODS), help="methods to leave out")
    parser.add_argument("--earlier", type=int, default=0, metavar="MONTHS", help="evaluate on an earlier month")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help="CSV to write the table to, as in benchmarks/results")
    options = parser.parse_args()
    makers = [lambda: banks.real(options.real, options.folder)] if options.real else []
    makers += [lambda seed=seed: banks.simulated(options.customers, seed, options.folder) for seed in options.seeds]
    results = []
    for make in makers:
        bank = make()
        if options.earlier:
            bank = banks.earlier(bank, options.earlier)
        results.append((bank, evaluate(bank, set(options.skip), options.folder)))
    table = figures(results)
    print(table.to_string(index=False, na_rep=""))
    if options.output:
        data = f"target month of {', '.join(bank.name for bank, _ in results)}"
        result_file.save(options.output, table, "benchmarks.quality", data)


if __name__ == "__main__":
    main()
