"""What each choice gives: the steps with one choice changed, against the steps as they are, adder by adder.

`python -m benchmarks.ablation --customers 20000 --seeds 11 12 --real FOLDER --back 1 2` judges on months that
the banks know themselves and prints a table: the share of the maximum MAP@7 that the choice gains, with a 95%
bootstrap interval over adders, and the processor time of fitting and scoring without it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bankrec.config import PERSONAL, Config
from bankrec.evaluation.intervals import mean_interval
from benchmarks import judged_months
from benchmarks.banks import Bank

BASE = Config()
REFITTED: dict[str, Config] = {
    "ALS scores as features": replace(BASE, left_out=("als", "als_rank")),
    "sex, age and nationality": replace(BASE, left_out=PERSONAL),
    "sex": replace(BASE, left_out=("sex",)),
    "age": replace(BASE, left_out=("age",)),
    "nationality": replace(BASE, left_out=("foreigner",)),
}
SCORED: dict[str, Config] = {  # the same models, used differently
    "the additive model": replace(BASE, additive=replace(BASE.additive, share=0.0)),
    "the pair model": replace(BASE, additive=replace(BASE.additive, share=1.0)),
}
CHOICES = [*SCORED, *REFITTED]


def ablation(months: Sequence[Bank], choices: Sequence[str]) -> pd.DataFrame:
    """A row per choice: what it gains of the maximum on each month and on all together, and seconds without it."""
    models = [judged_months.fitted(bank, BASE) for bank in months]
    whole = [judged_months.judge(bank, *model) for bank, model in zip(months, models, strict=True)]
    rows = {"all of it": _row([judged.precision for judged in whole], whole, sign="")}
    for name in choices:
        if name in SCORED:
            used = [(replace(model, config=SCORED[name]), seconds) for model, seconds in models]
        else:
            used = [judged_months.fitted(bank, REFITTED[name]) for bank in months]
        found = [judged_months.judge(bank, *model) for bank, model in zip(months, used, strict=True)]
        rows[name] = _row([one.precision - two.precision for one, two in zip(whole, found, strict=True)], found)
        print(name, rows[name], file=sys.stderr, flush=True)
    return pd.DataFrame(rows).T


def _row(
    values: Sequence[judged_months.Floats], judged: Sequence[judged_months.Judged], sign: str = "+"
) -> dict[str, str]:
    cells = {one.name: _cell(part, sign) for one, part in zip(judged, values, strict=True)}
    if len(values) > 1:
        cells["together"] = _cell(np.concatenate(values), sign)
    return cells | {"seconds": f"{sum(one.seconds for one in judged):.0f}"}


def _cell(values: judged_months.Floats, sign: str) -> str:
    found = mean_interval(values)
    return f"{found.value:{sign}.4f} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]"


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[11, 12], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows; the month after its last stays unseen")
    parser.add_argument("--back", type=int, nargs="*", default=[1], help="target months: 1 is the last one known")
    parser.add_argument("--only", nargs="*", choices=CHOICES, default=CHOICES, help="choices to judge")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    options = parser.parse_args()
    months = judged_months.months(options.customers, options.seeds, options.real, options.back, options.folder)
    print("; ".join(f"{bank.name}: {int((bank.added != 0).sum()):,} adders" for bank in months))
    table = ablation(months, options.only)
    print("\n| choice | " + " | ".join(table.columns) + " |\n" + "|---" * (len(table.columns) + 1) + "|")
    for name, row in table.iterrows():
        print(f"| {name} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
