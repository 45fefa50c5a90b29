"""The methods of a training's comparison as nested runs of MLflow, so that its interface shows them side by side."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.evaluation.backtest import Backtest
from bankrec.evaluation.methods import CATBOOST, OURS, by_trees, list_quality, lists_by_method
from bankrec.evaluation.metrics import K, recall
from bankrec.history import History
from bankrec.holdings import Items
from bankrec.storage import tracking

if TYPE_CHECKING:
    from bankrec.jobs.train import Learned

REFERENCE = "multi-class LightGBM (reference)"  # as `benchmarks.baselines` names it
_REFERENCE_AT = "benchmarks.reference"  # part of the repository, not of the installed package


def compare_methods(
    history: History, learned: Learned, config: Config | None = None, *, reference: bool = False
) -> pd.DataFrame:
    """Evaluate every method on the month of the backtest; a row each, and a run nested under that of the training.

    All are ranked lists for the same customers: baselines, each model alone, ours; with `reference` also the LightGBM
    model of public solutions, where this is a checkout with LightGBM and the bank is Santander (a minute for 20,000
    customers). The columns are those of `list_quality`. With two months only there is no month to evaluate on: an
    `InputError`.
    """
    backtest, config = learned.backtest, config or Config()
    if backtest is None:
        raise InputError(
            "the history has two months only, so no month is left to compare methods on: add an earlier month"
        )
    lists = lists_by_method(history, backtest, config)
    if reference and (by_reference := _reference(history, backtest)) is not None:
        lists = {name: items for name, items in lists.items() if name != OURS} | {
            REFERENCE: by_reference,
            OURS: lists[OURS],
        }
    rows, acquirers = {}, max(int((backtest.added != 0).sum()), 1)
    for name, items in lists.items():
        rows[name] = list_quality(items, backtest.added, backtest.ranked.held)
        with _opened(history, learned, name) as logged:
            logged.parameters({"method": name, "target_month": history.months[backtest.target]})
            logged.metrics(rows[name])
            recalls = [float(recall(items, backtest.added, k).sum() / acquirers) for k in range(1, K + 1)]
            logged.curve("recall_by_k", recalls)
            if name == CATBOOST:
                trees, shares = by_trees(history, backtest)
                logged.curve(f"map_at_{K}_of_maximum_by_trees", shares, trees)
    return pd.DataFrame(rows).T.rename_axis("method")


def _opened(history: History, learned: Learned, name: str) -> AbstractContextManager[tracking.Run]:
    """A run of one method, nested under the training's."""
    bank, month = history.bank.name, history.months[-1]
    tags = {"bank": bank, "as_of": month, "purpose": "compare", "data": learned.metrics.data}
    return tracking.run(tracking.run_name(name, bank, month), tags, parent=learned.metrics.run_id)


def _reference(history: History, backtest: Backtest) -> Items | None:
    """Lists of the reference for the customers of the backtest; None where it can't be made."""
    there = history.bank.adapter and find_spec("lightgbm") and find_spec("benchmarks")
    if not there or find_spec(_REFERENCE_AT) is None:
        return None
    model, past = import_module(_REFERENCE_AT), history.until(backtest.target)
    few = past.take(history.rows(backtest.ranked.user_id))
    items, _ = model.rank(few, model.fit(past))
    return np.asarray(items, np.int8)
