"""Intervals of forecasts: how often the acquisitions lie within them, and the errors of forecasts, month by month.

Only counts are used: no model is fitted. Each month of simulated banks is forecast from the months before it, and its
interval is made from the errors of the forecasts of those. The banks are also counted as one, of all their customers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.config import BaseRateConfig
from bankrec.model import season
from bankrec.model.base_rates import BaseRates, base_rates
from bankrec.model.forecast_interval import interval, of_all, of_products
from benchmarks import result_file
from benchmarks.banks import simulated

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
FEWEST = 10  # acquisitions observed: below it the log of a ratio is too uncertain
SIZES = ((0, 10), (10, 50), (50, 200), (200, np.inf))  # acquisitions expected


@dataclass(frozen=True)
class Months:
    """Forecasts of target months, in a row each: `forecast`, `observed`, `low`, `high`, `last` [months, products].

    `last` and `year` are the counts of the month and of the year before; `year` is nan where it is not known. `totals`
    are the ends [months, 2] of the interval of all products together.
    """

    forecast: Floats
    observed: Floats
    low: Floats
    high: Floats
    last: Floats
    year: Floats
    totals: Floats


def months_of(forecast: Floats, counts: Floats, config: BaseRateConfig) -> Months:
    """Intervals of each `forecast` [months - 1, products] of `counts` [months, products], which has a month before."""
    observed, ends, totals = counts[1:], [], []
    for t, now in enumerate(forecast):
        past = forecast[:t], observed[:t], config
        ends.append(interval(now, of_products(*past), config.interval))
        totals.append(interval(now.sum(), np.asarray(of_all(*past)), config.interval))
    low, high = np.array(ends).transpose(2, 0, 1)
    year = np.full_like(observed, np.nan)
    year[season.YEAR - 1 :] = counts[: -season.YEAR]
    return Months(forecast, observed, low, high, counts[:-1], year, np.array(totals))


def of_base_rates(known: BaseRates, config: BaseRateConfig) -> Months:
    """All months of a bank but the first."""
    return months_of(known.forecasts(config)[0], known.acquisitions(), config)


def together(banks: list[BaseRates]) -> BaseRates:
    """Several banks as one."""
    return BaseRates(*(sum(getattr(bank, name) for bank in banks) for name in ("hits", "chances", "added", "free")))


def within(low: Floats, high: Floats, observed: Floats) -> dict[str, float]:
    """Number of intervals, and shares of the observed counts within, below and above them."""
    below, above = observed < low, observed > high
    return {
        "intervals": observed.size,
        "within": float((~below & ~above).mean()) if observed.size else np.nan,
        "below": float(below.mean()) if observed.size else np.nan,
        "above": float(above.mean()) if observed.size else np.nan,
    }


def off(forecast: Floats, observed: Floats) -> float:
    """Mean of |log(forecast / observed)|, with half an acquisition added to both; nan where one of them is nan."""
    return float(np.abs(np.log((forecast + 0.5) / (observed + 0.5))).mean()) if observed.size else np.nan


def row(of: Months, chosen: Mask) -> dict[str, float]:
    """The figures of the `chosen` [months, products]; the errors of forecasts where `FEWEST` or more were observed."""
    counted = chosen & (of.observed >= FEWEST)
    misses = {name: off(getattr(of, name)[counted], of.observed[counted]) for name in ("forecast", "last", "year")}
    return within(of.low[chosen], of.high[chosen], of.observed[chosen]) | misses


def rows_of(name: str, of: Months) -> Iterator[dict[str, object]]:
    """Rows of one bank or of several: products by expected acquisitions, later months, all products together."""
    every, later = np.ones(of.observed.shape, np.bool_), ~np.isnan(of.year)
    chosen = {"products": every, f"products, {FEWEST} or more expected": of.forecast >= FEWEST}
    for low, high in SIZES:
        chosen[f"products, {low} to {high:g} expected"] = (of.forecast >= low) & (of.forecast < high)
    chosen["products, a year before known"] = later
    for which, mask in chosen.items():
        yield {"banks": name, "of": which, **row(of, mask)}
    sums = {kind: getattr(of, kind).sum(axis=1) for kind in ("forecast", "observed", "last", "year")}
    known = ~np.isnan(sums["year"])
    for which, months in (("all together", known | True), ("all together, a year before known", known)):
        observed = sums["observed"][months]
        misses = {kind: off(sums[kind][months], observed) for kind in ("forecast", "last", "year")}
        inside = within(of.totals[months, 0], of.totals[months, 1], observed)
        ratio = {"expected / observed": sums["forecast"][months].sum() / observed.sum() if len(observed) else np.nan}
        yield {"banks": name, "of": which, **inside, **misses, **ratio}


def by_month(of: Months, months: Sequence[str]) -> pd.DataFrame:
    """A row per month of `months`, which follow each other bank by bank: shares within, expected over what was
    observed.
    """
    inside = (of.low <= of.observed) & (of.observed <= of.high)
    total, observed = of.forecast.sum(axis=1), of.observed.sum(axis=1)
    whole = (of.totals[:, 0] <= observed) & (observed <= of.totals[:, 1])
    rows, every = {}, len(months)
    for t, month in enumerate(months):
        rows[month] = {
            "products within": inside[t::every][of.forecast[t::every] >= FEWEST].mean(),
            "together within": whole[t::every].mean(),
            "expected / observed": total[t::every].sum() / observed[t::every].sum(),
        }
    return pd.DataFrame(rows).T


def pooled(banks: list[Months]) -> Months:
    """The months of several banks below each other."""
    return Months(*(np.concatenate([getattr(bank, name) for bank in banks]) for name in Months.__annotations__))


def main() -> None:
    """Read the options, forecast, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=40_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="one simulated bank each")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help="CSV to write the table to, as in benchmarks/results")
    options, config = parser.parse_args(), BaseRateConfig()
    histories = [simulated(options.customers, seed, options.folder).history for seed in options.seeds]
    banks = [base_rates(history) for history in histories]
    each = [of_base_rates(bank, config) for bank in banks]
    months_of_banks = {"each by itself": pooled(each), "as one": of_base_rates(together(banks), config)}
    table = pd.DataFrame([line for name, of in months_of_banks.items() for line in rows_of(name, of)])
    print(table.to_string(index=False, float_format="%.3f"))
    months = [f"{month:%Y-%m}" for month in histories[0].months[2:]]
    print(f"\nby month (products of which {FEWEST} or more are expected)")
    print(by_month(months_of_banks["each by itself"], months).to_string(float_format="%.3f"))
    ratios = (
        f"seed {s} {of.forecast.sum() / of.observed.sum():.3f}" for s, of in zip(options.seeds, each, strict=True)
    )
    print(f"\nall months of a bank together, expected / observed: {', '.join(ratios)}")
    if options.output:
        data = f"{len(banks)} simulated banks of {options.customers:,} customers"
        result_file.save(options.output, table.round(4), "benchmarks.intervals", data)


if __name__ == "__main__":
    main()
