"""Ablation: the gain of each choice, from the steps with that choice changed against the steps as they are.

`python -m benchmarks.ablation --customers 20000 --seeds 11 12 --real FOLDER --back 1 2` evaluates on months that
the banks know themselves and prints a table: the share of the maximum MAP@7 that the choice gains, with a 95%
bootstrap interval over acquirers, and the processor time of fitting and scoring without it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bankrec.config import Config
from bankrec.evaluation.intervals import mean_interval
from benchmarks import known_months, result_file
from benchmarks.banks import Bank

BASE = Config()
REFITTED: dict[str, Config] = {
    "ALS scores as features": replace(BASE, left_out=("als", "als_rank")),
    "sex and nationality": replace(BASE, left_out=("sex", "foreigner")),
    "sex": replace(BASE, left_out=("sex",)),
    "age": replace(BASE, left_out=("age",)),
    "nationality": replace(BASE, left_out=("foreigner",)),
    "the additive model": replace(BASE, additive=replace(BASE.additive, l2=1e9)),  # its weights are practically 0
    "baskets": replace(BASE, additive=replace(BASE.additive, baskets=0)),
}
CHOICES = list(REFITTED)
TOGETHER = "together"


def ablation(months: Sequence[Bank], choices: Sequence[str]) -> pd.DataFrame:
    """The gain of each choice, as a share of the maximum: `choice, month, value, low, high, seconds`, a row each.

    `month` is also `together`: all months, with the seconds of processor time without the choice.
    """
    models = [known_months.fitted(bank, BASE) for bank in months]
    whole = [known_months.evaluate(bank, *model) for bank, model in zip(months, models, strict=True)]
    rows = _rows("all of it", [one.precision for one in whole], whole)
    for name in choices:
        used = [known_months.fitted(bank, REFITTED[name]) for bank in months]
        results = [known_months.evaluate(bank, *model) for bank, model in zip(months, used, strict=True)]
        rows += _rows(name, [one.precision - two.precision for one, two in zip(whole, results, strict=True)], results)
        print(rows[-1], file=sys.stderr, flush=True)
    return pd.DataFrame(rows)


def _rows(
    choice: str, values: Sequence[known_months.Floats], months: Sequence[known_months.MonthResult]
) -> list[dict[str, str | float]]:
    seconds = sum(one.seconds for one in months)
    parts = [(one.name, part, math.nan) for one, part in zip(months, values, strict=True)]
    rows: list[dict[str, str | float]] = []
    for month, part, took in [*parts, (TOGETHER, np.concatenate(values), seconds)]:
        interval = mean_interval(part)
        row = {"value": interval.value, "low": interval.low, "high": interval.high, "seconds": took}
        rows.append({"choice": choice, "month": month, **row})
    return rows


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[11, 12], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows; the month after its last stays unseen")
    parser.add_argument("--back", type=int, nargs="*", default=[1], help="target months: 1 is the last one known")
    parser.add_argument("--only", nargs="*", choices=CHOICES, default=CHOICES, help="choices to try")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help="CSV to write the table to, as in benchmarks/results")
    options = parser.parse_args()
    months = known_months.months(options.customers, options.seeds, options.real, options.back, options.folder)
    print("; ".join(f"{bank.name}: {int((bank.added != 0).sum()):,} acquirers" for bank in months))
    table = ablation(months, options.only)
    print(table.round(4).to_string(index=False, na_rep=""))
    if options.output:
        data = f"target months {', '.join(bank.name for bank in months)}"
        result_file.save(options.output, table.round(4), "benchmarks.ablation", data)


if __name__ == "__main__":
    main()
