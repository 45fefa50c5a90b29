"""Published figures of the real bank, for the simulator and its benchmarks alone.

No other module may import this: the real outcome must not reach a model.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FIRST_MONTH = np.datetime64("2015-01")


@cache
def facts() -> dict[str, Any]:
    """All figures of `bank_facts.json`: counts are of the bank with `customers` customers."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("bank_facts.json").read_text("utf-8"))
    return loaded


def monthly(table: str) -> npt.NDArray[np.float64]:
    """`acquisitions` or `drops`: float64 [24, 17], February 2015 to June 2016, customers of the whole bank."""
    return np.array(facts()[table], dtype=np.float64)


def joiners() -> npt.NDArray[np.float64]:
    """Customers first seen in each of the 17 months, as shares of all: float64 [17]."""
    rows = np.array(facts()["rows_by_month"], dtype=np.float64)
    first = np.concatenate([rows[:1], np.diff(rows) + facts()["leavers_per_month"]])
    share: npt.NDArray[np.float64] = first / first.sum()
    return share
