"""Choice of `BaseRateConfig.decay`: acquisitions of a month forecast from the months before it, by decay.

Only counts are used: no model is fitted, and no true probability is read. Of simulated banks the months from August
2015 to January 2016 are forecast, which no table of calibration holds: `BaseRateConfig.decay` is the decay with the
smallest value in the last column.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.config import BaseRateConfig
from bankrec.history import History
from bankrec.model.base_rates import base_rates, not_holding
from benchmarks import result_file
from benchmarks.banks import simulated
from benchmarks.calibration import miss

Floats = npt.NDArray[np.float64]
DECAYS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FIRST, LAST = date(2015, 8, 1), date(2016, 1, 31)


def forecast_months(history: History, targets: Sequence[int], config: BaseRateConfig) -> tuple[Floats, Floats]:
    """Acquisitions forecast for each target month, and those observed: two float64 [targets, 24]."""
    known = base_rates(history)
    forecasts = [known.until(t).acquisitions_forecast(not_holding(history.until(t)), config) for t in targets]
    return np.array(forecasts), known.acquisitions()[[t - 1 for t in targets]]


def summary(months: Sequence[str], forecast: Floats, observed: Floats) -> dict[str, float]:
    """Forecast over what was observed by month, banks together; how far off totals and products are, as |log(forecast
    / observed)|.

    `forecast` and `observed` float64 [banks, months, 24].
    """
    totals = forecast.sum(axis=(0, 2)) / observed.sum(axis=(0, 2))
    total, product = float(np.abs(np.log(totals)).mean()), miss(forecast, observed)
    by_month = dict(zip(months, totals, strict=True))
    return {**by_month, "total, mean": total, "product, median": product, "both": total + product}


def main() -> None:
    """Read the options, forecast, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="one simulated bank each")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help="CSV to write the table to, as in benchmarks/results")
    options = parser.parse_args()
    histories = [simulated(options.customers, seed, options.folder).history for seed in options.seeds]
    targets = [t for t, month in enumerate(histories[0].months) if FIRST <= month <= LAST]
    months = [f"{histories[0].months[t]:%Y-%m}" for t in targets]
    rows = {}
    for decay in DECAYS:
        pairs = [forecast_months(history, targets, replace(BaseRateConfig(), decay=decay)) for history in histories]
        forecast, observed = (np.array(values) for values in zip(*pairs, strict=True))
        rows[f"{decay:.1f}"] = summary(months, forecast, observed)
    last = np.array([base_rates(history).acquisitions()[[t - 2 for t in targets]] for history in histories])
    rows["last month's count"] = summary(months, last, observed)
    table = pd.DataFrame(rows).T.rename_axis("weight kept a month")
    print(table.to_string(float_format="%.3f"))
    if options.output:
        data = f"{len(histories)} simulated banks of {options.customers:,} customers, {FIRST} to {LAST}"
        result_file.save(options.output, table.reset_index().round(4), "benchmarks.base_rates", data)


if __name__ == "__main__":
    main()
