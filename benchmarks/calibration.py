"""Calibration of scores: scores of several months against the true probabilities of simulated banks.

`python -m benchmarks.calibration --customers 100000 --seeds 1 2 3` prints for each bank and target month: the
slope of each product with enough acquisitions in the calibration month (the coefficient of a fractional
logistic regression of the true chance on the logit of the score: 1 is right), expected acquisitions over true
ones, and how far forecasts of a product's acquisitions are off (median over products of |log ratio|), beside
those that repeat last month's count and the same month's count a year before.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.config import Config
from bankrec.evaluation.tables import expected_matrix
from bankrec.history import History
from bankrec.lookup import locate
from bankrec.model.base_rates import base_rates
from bankrec.model.calibration import fit_line
from bankrec.model.scoring import recommend_all
from bankrec.ranked import BY_CUSTOMER, Ranked
from bankrec.santander.columns import PRODUCT_COLUMNS
from bankrec.simulator.simulate import live
from benchmarks import kept, result_file
from benchmarks.banks import simulated

Floats = npt.NDArray[np.float64]
FLAT = (1e3, 1e3)  # standard deviations of priors, so large that they have no effect
ENOUGH = 200  # acquisitions in the calibration month from which the slope of a product is estimated
FEWEST = 10  # true acquisitions of a product from which its forecast is compared


def miss(forecast: Floats, observed: Floats) -> float:
    """Median of |log(forecast / observed)|, with half an acquisition added to both, where at least `FEWEST` were
    observed; both have one shape.
    """
    counted = observed >= FEWEST
    return float(np.median(np.abs(np.log((forecast[counted] + 0.5) / (observed[counted] + 0.5)))))


def compare(history: History, target: int, ranked: Ranked, chance: Floats) -> tuple[pd.DataFrame, dict[str, float]]:
    """A row per product, and the totals, of the lists for target month number `target`.

    `chance` [n, 24]: the true chances of the customers of `ranked`.
    """
    score = expected_matrix(ranked.items, ranked.scores).astype(np.float64)
    before = base_rates(history.until(target)).acquisitions()
    calibrated_on = before[-1]
    listed = score > 0
    logit = np.log(np.clip(score, 1e-9, 1 - 1e-9)) - np.log1p(-np.clip(score, 1e-9, 1 - 1e-9))
    slope = np.full(len(PRODUCT_COLUMNS), np.nan)
    for bit in np.flatnonzero(calibrated_on >= ENOUGH):
        rows = listed[:, bit]
        weight = np.ones(int(rows.sum()))
        slope[bit] = fit_line(logit[rows, bit], chance[rows, bit], weight, FLAT)[0]
    products = pd.DataFrame(
        {
            "slope": slope,
            "expected": score.sum(axis=0),
            "true": chance.sum(axis=0),
            "last month": calibrated_on,
            "a year before": before[target - 13] if target >= 13 else np.nan,
        },
        index=pd.Index(PRODUCT_COLUMNS, name="product"),
    )
    totals = {
        "slopes": int(np.isfinite(slope).sum()),
        "slope, least": float(np.nanmin(slope)) if np.isfinite(slope).any() else float("nan"),
        "greatest": float(np.nanmax(slope)) if np.isfinite(slope).any() else float("nan"),
        "expected / true": products["expected"].sum() / products["true"].sum(),
        **{
            name: miss(products[name].to_numpy(), products["true"].to_numpy())
            for name in ("expected", "last month", "a year before")
        },
    }
    return products, totals


def true_chances(
    customers: int, seed: int, target: int, user_id: npt.NDArray[np.int64]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """True chances [m, 24] of the customers of `user_id` present in target month `target`, and which these are."""
    month = live(customers, seed, target)
    rows, there = locate(month.user_id, user_id)
    return month.p_add[rows[there]].astype(np.float64), there


def backtest(customers: int, seed: int, months: int, folder: Path, config: Config) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The last `months` target months of a simulated bank, the month after its last one included.

    Returns a row per month and product, and a row per month.
    """
    history = simulated(customers, seed, folder).history
    last = len(history.months)
    products, totals = {}, {}
    for target in range(last - months + 1, last + 1):
        past = history.until(target)
        recommender = kept.recommender(past, config, folder)
        all_lists = recommend_all(past, recommender)
        chance, there = true_chances(customers, seed, target, all_lists.user_id)
        ranked = replace(all_lists, **{name: getattr(all_lists, name)[there] for name in BY_CUSTOMER})
        name = f"seed {seed}, {np.datetime64('2015-01') + target}"
        compared, totals[name] = compare(history, target, ranked, chance)
        products[name] = compared
        print(f"{name}: expected / true {totals[name]['expected / true']:.3f}", file=sys.stderr, flush=True)
    return pd.concat(products, names=["month"]), pd.DataFrame(totals).T


def main() -> None:
    """Read the options, compare bank by bank, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3], help="one simulated bank each")
    parser.add_argument("--months", type=int, default=4, help="target months, the last ones")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--products", action="store_true", help="also a row for each month and product")
    parser.add_argument("--output", type=Path, help="CSV to write the table to, as in benchmarks/results")
    options = parser.parse_args()
    backtests = [backtest(options.customers, seed, options.months, options.folder, Config()) for seed in options.seeds]
    products, totals = (pd.concat(tables) for tables in zip(*backtests, strict=True))
    totals = totals.astype({"slopes": int})
    if options.products:
        print(products[products["true"] >= FEWEST].to_string(float_format="%.3f"), "\n")
    print(totals.to_string(float_format="%.3f"))
    if options.output:
        data = f"{len(options.seeds)} simulated banks of {options.customers:,} customers"
        result_file.save(
            options.output, totals.rename_axis("month").reset_index().round(4), "benchmarks.calibration", data
        )
    sums = (bank[["expected", "true"]].sum() for bank, _ in backtests)
    each = (f"seed {seed} {s['expected'] / s['true']:.3f}" for seed, s in zip(options.seeds, sums, strict=True))
    print(f"\nall months of a bank together, expected / true: {', '.join(each)}")
    off = {
        name: miss(products[name].to_numpy(), products["true"].to_numpy())
        for name in ("expected", "last month", "a year before")
    }
    print("\nmedian over all months and products of |log(forecast / true)|:", end=" ")
    print(", ".join(f"{name} {value:.3f}" for name, value in off.items()))
    slopes = products["slope"].dropna()
    inside = slopes.between(0.85, 1.15)
    print(f"slopes: {inside.sum()} of {len(slopes)} within 0.85 to 1.15, from {slopes.min():.3f} to {slopes.max():.3f}")


if __name__ == "__main__":
    main()
