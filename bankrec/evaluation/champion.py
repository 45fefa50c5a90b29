"""The champion of a bank: the best model so far; old and new are scored again on the same month.

A model can't be evaluated on a month that it has seen: its calibration and forecast hold the acquisitions of its own
as-of month. So each version keeps beside the published model the one that was fitted for the backtest, a month
earlier; the last month is for what has not seen it: the backtested model of this month, or an older model itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bankrec.errors import InputError
from bankrec.evaluation.metrics import average_precision
from bankrec.history import History
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import recommend_all
from bankrec.ranked import in_target
from bankrec.storage import registry, tracking


def choose_champion(history: History, backtested: Recommender | None, bank: str, version: str) -> str:
    """Make `version` the champion of `bank` if it is better than the old one; returns the reason as a sentence.

    `backtested` is the version's model one month back, None where there are too few months for one. It and the old
    champion are scored again on the acquisitions of the last month of `history`, which neither has seen. At equal
    figures the later as-of wins: a model made by the same steps one month back is last month's model.
    """
    with tracking.temporary_folder() as folder:
        try:
            stored = registry.champion(bank, Path(folder))
        except InputError:
            registry.crown(bank, version)
            return f"version {version}: the first of its bank"
        try:
            old = _unseeing(stored, history)
        except InputError as error:  # written by an earlier version of this code, or for an earlier description
            registry.crown(bank, version)
            return f"version {version}: version {stored.version} can't be read ({error})"
        if old is None or backtested is None:
            return f"version {stored.version} stays: no month is left that both have not seen"
        new_score, old_score = score_on_last_month(history, backtested), score_on_last_month(history, old)
        figures = (
            f"MAP@7 {new_score:.6f} against {old_score:.6f} of version {stored.version} on {history.months[-1]:%Y-%m}"
        )
        later = Recommender.load(stored.published).as_of < history.months[-1]
        if new_score > old_score or (new_score == old_score and later):
            registry.crown(bank, version)
            return f"version {version}: {figures}"
        return f"version {stored.version} stays: version {version} has {figures}"


def score_on_last_month(history: History, recommender: Recommender) -> float:
    """MAP@7 over all customers of a model's lists for the last month, made from the months before it.

    A model that has seen that month is an `InputError`.
    """
    target = len(history.months) - 1
    if recommender.as_of >= history.months[target]:
        raise InputError(
            f"a model as of {recommender.as_of} has seen {history.months[target]}: it can't be evaluated on it"
        )
    past = history.until(target)
    ranked = recommend_all(past, replace(recommender, as_of=past.months[-1]))
    kept, added = in_target(history, ranked, target)
    return float(average_precision(kept.items, added).mean())


def _unseeing(stored: registry.Champion, history: History) -> Recommender | None:
    """The latest of a version's two models that has not seen the last month of `history`.

    An `InputError` if they can't be compared: this code can't read them, or the description of the bank has changed.
    """
    for folder in (stored.published, stored.backtested):
        if folder.exists():
            model = Recommender.load(folder)
            if model.bank != history.bank:
                raise InputError("it was trained with another description of the bank")
            if model.as_of < history.months[-1]:
                return model
    return None
