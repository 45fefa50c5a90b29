"""Tenure: the time since a customer joined, as of a month."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from bankrec.history import History

Days = npt.NDArray[np.datetime64]
YEAR = 365.25  # days


def months_since(joined: Days, month: date | np.datetime64) -> npt.NDArray[np.int64]:
    """Calendar months from the day of joining to `month`: int64 [n]; below 0 for customers who join later.

    >>> months_since(np.array(["2015-01-31", "2014-02-01", "2015-03-01"], "datetime64[D]"), date(2015, 2, 28)).tolist()
    [1, 12, -1]
    """
    now = np.array(month, "datetime64[M]")
    months: npt.NDArray[np.int64] = (now - joined.astype("datetime64[M]")).astype(np.int64)
    return months


def tenure(past: History) -> npt.NDArray[np.int64]:
    """Months as a customer in the last month of `past`: int64 [n]."""
    return months_since(_joined(past), past.months[-1])


def tenure_in_years(past: History) -> npt.NDArray[np.float64]:
    """Years as a customer at the last snapshot of `past`, in days: float64 [n]; below 0 where customers join later."""
    days = (np.datetime64(past.months[-1], "D") - _joined(past).astype("datetime64[D]")).astype(np.float64)
    return days / YEAR


def _joined(past: History) -> Days:
    column = past.bank.with_role("joined")
    if column is None:
        raise KeyError("the bank keeps no date of joining")
    joined: Days = past.profile[column.column].to_numpy()
    return joined
