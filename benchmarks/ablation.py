"""What each choice gives: the steps with one choice changed, against the steps as they are, adder by adder.

`python -m benchmarks.ablation --customers 20000 --seeds 11 12 --real FOLDER --back 1 2` evaluates on months that
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
from benchmarks import known_months
from benchmarks.banks import Bank

BASE = Config()
LIFTS = ("lift_basket", "lift_drops", "lift_channel", "lift_province", "lift_cell")
REFITTED: dict[str, Config] = {
    "ALS scores as features": replace(BASE, left_out=("als", "als_rank")),
    "lifts from earlier transitions": replace(BASE, left_out=LIFTS),
    "season of the year before": replace(BASE, level=replace(BASE.level, season_share=0.0)),
    "all transitions alike (against 0.9 a month)": replace(BASE, recency=0.9),
    "sex, age and nationality": replace(BASE, left_out=PERSONAL),
    "sex": replace(BASE, left_out=("sex",)),
    "age": replace(BASE, left_out=("age", "lift_cell")),
    "nationality": replace(BASE, left_out=("foreigner",)),
}
SCORED: dict[str, Config] = {  # the same models, used differently
    "the additive model": replace(BASE, additive=replace(BASE.additive, share=0.0)),
    "the pair model": replace(BASE, additive=replace(BASE.additive, share=1.0)),
    "order by share and chance (against the share alone)": replace(BASE, chance_share=0.0),
    "order by share and chance (against the chance alone)": replace(BASE, chance_share=1.0),
    "payroll and pension as they are (against x 0.8)": replace(BASE, payroll_factor=0.8),
}
CHOICES = [*SCORED, *REFITTED]


def ablation(months: Sequence[Bank], choices: Sequence[str]) -> pd.DataFrame:
    """A row per choice: what it gains of the maximum on each month and on all together, and seconds without it."""
    models = [known_months.fitted(bank, BASE) for bank in months]
    whole = [known_months.evaluate(bank, *model) for bank, model in zip(months, models, strict=True)]
    rows = {"all of it": _row([one.precision for one in whole], whole, sign="")}
    for name in choices:
        if name in SCORED:
            used = [(replace(model, config=SCORED[name]), seconds) for model, seconds in models]
        else:
            used = [known_months.fitted(bank, REFITTED[name]) for bank in months]
        found = [known_months.evaluate(bank, *model) for bank, model in zip(months, used, strict=True)]
        rows[name] = _row([one.precision - two.precision for one, two in zip(whole, found, strict=True)], found)
        print(name, rows[name], file=sys.stderr, flush=True)
    return pd.DataFrame(rows).T


def _row(
    values: Sequence[known_months.Floats], months: Sequence[known_months.MonthResult], sign: str = "+"
) -> dict[str, str]:
    cells = {one.name: _cell(part, sign) for one, part in zip(months, values, strict=True)}
    if len(values) > 1:
        cells["together"] = _cell(np.concatenate(values), sign)
    return cells | {"seconds": f"{sum(one.seconds for one in months):.0f}"}


def _cell(values: known_months.Floats, sign: str) -> str:
    found = mean_interval(values)
    return f"{found.value:{sign}.4f} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]"


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[11, 12], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows; the month after its last stays unseen")
    parser.add_argument("--back", type=int, nargs="*", default=[1], help="target months: 1 is the last one known")
    parser.add_argument("--only", nargs="*", choices=CHOICES, default=CHOICES, help="choices to try")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    options = parser.parse_args()
    months = known_months.months(options.customers, options.seeds, options.real, options.back, options.folder)
    print("; ".join(f"{bank.name}: {int((bank.added != 0).sum()):,} adders" for bank in months))
    table = ablation(months, options.only)
    print("\n| choice | " + " | ".join(table.columns) + " |\n" + "|---" * (len(table.columns) + 1) + "|")
    for name, row in table.iterrows():
        print(f"| {name} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
