"""What MLflow keeps of a training: parameters, metrics, tables, plots, the model, and which version is champion."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from bankrec import charts
from bankrec.cleaning.report import Report
from bankrec.cleaning.report_file import report_hash
from bankrec.cleaning.snapshot_frame import column_types
from bankrec.config import Config
from bankrec.evaluation.backtest import Backtest
from bankrec.evaluation.champion import choose_champion
from bankrec.evaluation.month_report import MonthReport
from bankrec.evaluation.tables import importances
from bankrec.history import History
from bankrec.jobs import served
from bankrec.model.recommender import Recommender
from bankrec.results import TrainingMetrics
from bankrec.storage import registry, tracking
from bankrec.storage.model_folder import CARD, METRICS, MODEL


def tags(history: History, name: str) -> dict[str, object]:
    """The tags to search for a run by: the bank, the as-of month, the data's name and its hash."""
    bank, as_of = history.bank.name, history.months[-1]
    return {"bank": bank, "as_of": as_of, "purpose": "train", "data": name, "data_hash": data_hash(history)}


def log_data(logged: tracking.Run, history: History, name: str, source: Path | None, report: Report | None) -> None:
    """The clean snapshots as a dataset; a tag to and from the run of `preprocess` whose report is `report`."""
    logged.dataset(
        name,
        "training",
        source=source,
        digest=data_hash(history),
        columns=column_types(history.bank),
        counts={"customers": len(history), "months": len(history.months), "products": history.bank.n},
    )
    if report and (cleaning := tracking.newest("report_hash", report_hash(report))):
        logged.tags({"preprocess_run": cleaning})
        tracking.tag(cleaning, {"training_run": logged.id})


def log_whole(
    logged: tracking.Run,
    history: History,
    output: Path,
    config: Config,
    metrics: TrainingMetrics,
    month: MonthReport | None,
    backtest: Backtest | None,
    recommender: Recommender,
) -> None:
    """Log everything once the models are saved in `output`, and register the model."""
    log_files(logged, output, config)
    of_month = metrics.backtest.as_dict() if metrics.backtest else {}
    logged.metrics({"reasons": metrics.reasons.totals(), **of_month})  # under names with dots where they are nested
    log_curves(logged, recommender)
    backtested = backtest.recommender if backtest else None
    if month is not None and backtested is not None:
        log_month(logged, month, backtested)
    register(logged, history, output, backtested)


def log_files(logged: tracking.Run, output: Path, config: Config) -> None:
    """The configuration, and the metrics and the card as they lie in `output`; the card's first lines describe the run.

    They end where its section on the use begins.
    """
    logged.parameters(asdict(config))
    for file in (METRICS, CARD):
        logged.artifact(output / file)
    logged.note((output / CARD).read_text(encoding="utf-8").partition("\n## Intended use")[0])


def log_curves(logged: tracking.Run, recommender: Recommender) -> None:
    """The loss on what was learned from by step: of the trees, and of the additive model where it keeps its own."""
    for name in ("ranker", "activity"):
        losses = getattr(recommender, name).get_evals_result().get("learn", {}).get("Logloss", [])
        logged.curve(f"{name}_logloss_by_tree", losses)
    logged.curve("additive_loss_by_step", recommender.additive.losses.tolist())


def log_month(logged: tracking.Run, report: MonthReport, backtested: Recommender) -> None:
    """Tables and plots of the month of the backtest and of its recommender, for display in MLflow."""
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
    """Register the model in `output` with the `backtested` one; tag the run with its version and the champion."""
    bank = history.bank.name
    with tracking.temporary_folder() as work:
        beside = Path(work) / registry.BACKTEST if backtested else None
        if backtested is not None and beside is not None:
            backtested.save(beside)
        version = registry.register(output / MODEL, beside, served.servable(history), bank)
    logged.tags({"version": version, "champion": choose_champion(history, backtested, bank, version)})


def data_hash(history: History) -> str:
    """SHA-256 of customers, months, words and profile, 16 digits of it: the same data, the same hash."""
    digest = hashlib.sha256(",".join(map(str, history.months)).encode())
    digest.update(np.ascontiguousarray(history.user_id).tobytes())
    digest.update(np.ascontiguousarray(history.words).tobytes())
    for values in history.own.values():
        digest.update(np.ascontiguousarray(values).tobytes())
    with pa.ipc.new_stream(sink := pa.BufferOutputStream(), history.profile.schema) as writer:
        writer.write_table(history.profile.combine_chunks())
    digest.update(sink.getvalue())
    return digest.hexdigest()[:16]
