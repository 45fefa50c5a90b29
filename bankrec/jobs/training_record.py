"""What MLflow keeps of a training: parameters, metrics, tables, plots, the model, and who is the champion now."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from bankrec import charts
from bankrec.config import Config
from bankrec.evaluation.champion import crown_the_better
from bankrec.evaluation.month_report import MonthReport
from bankrec.evaluation.tables import importances
from bankrec.history import History, to_frame
from bankrec.jobs import served
from bankrec.model.recommender import Recommender
from bankrec.results import TrainingMetrics
from bankrec.storage import tracking
from bankrec.storage.model_folder import CARD, METRICS, MODEL


def tags(history: History, name: str) -> dict[str, object]:
    """What a run is found by: the data's name, its hash, the as-of month."""
    return {"data": name, "data_hash": data_hash(history), "as_of": history.months[-1]}


def log_files(logged: tracking.Run, output: Path, config: Config) -> None:
    """The configuration, and the metrics and the card as they lie in `output`."""
    logged.parameters(asdict(config))
    for file in (METRICS, CARD):
        logged.artifact(output / file)


def log_metrics(logged: tracking.Run, metrics: TrainingMetrics) -> None:
    """The numbers, under names with dots where they are nested."""
    logged.metrics({"reasons": metrics.reasons.totals()})
    if metrics.backtest is not None:
        logged.metrics(metrics.backtest.as_dict())


def log_month(logged: tracking.Run, report: MonthReport, backtested: Recommender) -> None:
    """Tables and plots of the month of the backtest and of its recommender, as a person wants to see them in MLflow."""
    logged.table(report.methods.reset_index(names="method"), "methods")
    logged.table(report.products.reset_index(), "by_product")
    logged.table(report.ranks.reset_index(), "by_rank")
    logged.table(report.groups, "by_group")
    logged.table(report.bands, "reliability")
    logged.figure(charts.recall_by_product(report.products), "recall_by_product")
    logged.figure(charts.exposure(report.products), "exposure")
    logged.figure(charts.reliability(report.bands), "reliability")
    logged.figure(charts.importance(importances(backtested.ranker)), "importance")


def register(logged: tracking.Run, history: History, output: Path, backtested: Recommender | None) -> None:
    """Register the model in `output` with the `backtested` one; tag the run with its version and who is champion."""
    bank = history.bank.name
    example = to_frame(history.take(np.arange(min(5, len(history)))))
    with tracking.temporary_folder() as work:
        beside = Path(work) / tracking.BACKTESTED if backtested else None
        if backtested is not None and beside is not None:
            backtested.save(beside)
        version = logged.model(output / MODEL, beside, example, load=served.load, answer=served.answer, bank=bank)
    logged.tags({"version": version, "champion": crown_the_better(history, backtested, bank, version)})


def data_hash(history: History) -> str:
    """SHA-256 of customers, months, words and profile, 16 digits of it: the same data, the same hash."""
    found = hashlib.sha256(",".join(map(str, history.months)).encode())
    found.update(np.ascontiguousarray(history.user_id).tobytes())
    found.update(np.ascontiguousarray(history.words).tobytes())
    for values in history.own.values():
        found.update(np.ascontiguousarray(values).tobytes())
    with pa.ipc.new_stream(sink := pa.BufferOutputStream(), history.profile.schema) as writer:
        writer.write_table(history.profile.combine_chunks())
    found.update(sink.getvalue())
    return found.hexdigest()[:16]
