"""The champion of a data source: the best model so far, both judged anew on the same month."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bankrec import tracking
from bankrec.errors import InputError
from bankrec.evaluation import in_target
from bankrec.histories import History
from bankrec.metrics import average_precision
from bankrec.recommender import Recommender
from bankrec.training import recommend_all


def crown_the_better(history: History, recommender: Recommender, name: str, version: str) -> None:
    """Make the new model the champion of its data, unless the old one ranks the last month better.

    Both are scored anew on the acquisitions of the last month, which neither was fitted on if it is
    of the same as-of month or an earlier one.
    """
    with tracking.temporary_folder() as folder:
        try:
            path, _ = tracking.champion(name, Path(folder))
            old: Recommender | None = Recommender.load(path)
        except InputError:
            old = None
        if old is None or _ranks_last_month(history, recommender) >= _ranks_last_month(history, old):
            tracking.crown(name, version)


def _ranks_last_month(history: History, recommender: Recommender) -> float:
    """MAP@7 of a model's lists for the last month, from the months before it."""
    target = len(history.months) - 1
    past = history.until(target)
    ranked = recommend_all(past, replace(recommender, as_of=past.months[-1]))
    kept, added = in_target(history, ranked, target)
    return float(average_precision(kept.items, added).mean())
