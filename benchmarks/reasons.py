"""Reasons: the time they take against scoring, and how far SHAP values agree with them.

`python -m benchmarks.reasons --customers 20000 --seed 1` fits a recommender on a simulated bank (kept for the
next time), then scores all its customers and makes their reasons by turns, and prints the medians and their
ratio, which is to be below 1, and the agreement as in the model card, on more customers.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bankrec.config import Config
from bankrec.evaluation.shap_agreement import agreement
from bankrec.explain.explainer import explain, reasons
from bankrec.model.scoring import recommend
from benchmarks.banks import simulated
from benchmarks.kept import FOLDER, recommender


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--sample", type=int, default=1_000, help="customers whose SHAP values are computed")
    options.add_argument("--folder", type=Path, default=FOLDER)
    chosen = options.parse_args(arguments)
    history = simulated(chosen.customers, chosen.seed, chosen.folder).history
    fitted = recommender(history, Config(), chosen.folder)
    explainer = explain(history, fitted)
    scoring, explaining = [], []
    for _ in range(chosen.rounds):
        seconds, ranked = timed(lambda: recommend(history, fitted))
        scoring.append(seconds)
        explaining.append(timed(lambda lists=ranked: reasons(history, lists, explainer))[0])
    print(f"{len(history):,} customers, median of {chosen.rounds}: scoring {median(scoring):.2f} s,", end=" ")
    print(f"reasons {median(explaining):.2f} s, ratio {median(explaining) / median(scoring):.2f}")
    print(json.dumps(agreement(history, explainer, chosen.sample).as_dict(), indent=1))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that `work` takes, and what it returns."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()
