"""Months on which choices are made: late target months of several banks, never the month after the last one.

The month after a bank's last one is not used, so that it stays a test month.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bankrec.config import Config
from bankrec.evaluation.metrics import average_precision
from bankrec.lookup import rows_of
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import recommend_all
from bankrec.model.training import fit
from benchmarks import banks

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MonthResult:
    """AP@7 of each acquirer of one month, and the processor time of the steps in seconds."""

    name: str
    precision: Floats
    seconds: float


def months(
    customers: int, seeds: Sequence[int], real: Path | None, back: Sequence[int], folder: Path
) -> list[banks.Bank]:
    """The months `back` (1: the last one) of simulated banks and of the real rows in `real`."""
    simulated_and_real = [banks.simulated(customers, seed, folder) for seed in seeds]
    if real is not None:
        simulated_and_real.append(banks.real(real, folder))
    return [banks.earlier(bank, month) for bank in simulated_and_real for month in back]


def fitted(bank: banks.Bank, config: Config) -> tuple[Recommender, float]:
    """A recommender fitted on the months before, and the seconds of processor time it took."""
    began = time.process_time()
    return fit(bank.history, config), time.process_time() - began


def evaluate(bank: banks.Bank, recommender: Recommender, seconds: float = 0.0) -> MonthResult:
    """Rank, and evaluate on the acquirers; `seconds` of fitting are added to those of ranking."""
    began = time.process_time()
    ranked = recommend_all(bank.history, recommender)
    took = time.process_time() - began + seconds
    rows = rows_of(ranked.user_id, bank.history.user_id[bank.rows])
    precision = average_precision(ranked.items[rows], bank.added)
    return MonthResult(bank.name, precision[bank.added != 0], took)
