"""`train`: clean snapshots to models, metrics and a model card.

The steps are judged one month back, then fitted to all months, saved and logged to MLflow. Files and MLflow are touched
here; what is computed stands in the modules that are called.
"""

from __future__ import annotations

import hashlib
from argparse import Namespace
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bankrec import charts
from bankrec.cleaning.histories import HISTORIES_FILE, as_of_month, build_histories, load_histories, months_of
from bankrec.cleaning.report import Report, missing_shares
from bankrec.cleaning.report_file import ACCEPTED, accepted_in, read_report
from bankrec.cleaning.schema import check_clean
from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.evaluation.backtest import Judged, judge_last_month, without_personal
from bankrec.evaluation.champion import crown_the_better
from bankrec.evaluation.model_card import model_card
from bankrec.evaluation.month_report import Judgement, judgement
from bankrec.evaluation.quality import format_metrics
from bankrec.evaluation.shap_agreement import agreement
from bankrec.explain.explainer import Explainer, explain
from bankrec.history import History, to_frame
from bankrec.jobs import served
from bankrec.model.recommender import Recommender
from bankrec.model.season import cautions
from bankrec.model.training import fit
from bankrec.rules import builtin
from bankrec.rules.builtin import Rule
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.suppression import as_rules, read_suppressed
from bankrec.storage import tracking
from bankrec.storage.atomic import write_json, write_text
from bankrec.storage.engine import connect, read_parquet
from bankrec.storage.model_folder import CARD, METRICS, MODEL, data_name


def command(arguments: Namespace) -> int:
    """Train, and print how the steps did one month back."""
    metrics = train(
        arguments.data,
        arguments.output,
        as_of=arguments.as_of,
        name=arguments.name,
        engine=arguments.engine,
        eligibility=arguments.eligibility,
        suppress=arguments.suppress,
        price_personal=arguments.without_personal,
    )
    if "map_at_7" in metrics:
        print(f"backtest, target month {metrics['target_month']}")
        print(format_metrics(metrics))
        print(builtin.format_rules(metrics["rules"]))
        print("\n".join(metrics["gaps"]) or "no group is served worse than the bank as a whole")
    print_cautions(metrics)
    print(f"models, metrics and model card: {arguments.output}\nMLflow run: {metrics['run_id']}")
    return 0


def print_cautions(metrics: dict[str, Any]) -> None:
    """A line for each caution of a training."""
    for caution in metrics["cautions"]:
        print(f"caution: {caution}")


def train(
    data: Path,
    output: Path,
    *,
    as_of: str | None = None,
    name: str | None = None,
    engine: str = "duckdb",
    eligibility: Path | None = None,
    suppress: Path | None = None,
    config: Config | None = None,
    price_personal: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Train on the clean snapshots in `data`, judge the same steps one month back, write it all to `output`.

    `eligibility` is a file of the bank's own rules, `suppress` its suppression list: their cost is reported.
    With `price_personal` the month is judged once more without sex, age and nationality. Returns the metrics,
    which are also in `<output>/metrics.json`, in the model card and in MLflow with the model.
    """
    month, own = as_of_month(as_of, data), (*read_eligibility(eligibility), *as_rules(read_suppressed(suppress)))
    if month == months_of(data)[0]:
        raise InputError(f"{data} has no month before {month:%Y-%m}: nothing to learn from, add an earlier one")
    with connect(engine) as connection:
        check_clean(read_parquet(connection, data, engine), str(data))
    output.mkdir(parents=True, exist_ok=True)
    with tracking.temporary_folder() as folder:
        path = Path(folder) / HISTORIES_FILE
        build_histories(data, path, as_of=month, engine=engine)
        history = load_histories(path)
        called = data_name(data, name)
        learned = train_on(
            history,
            output,
            called,
            own=own,
            config=config,
            report=read_report(data),
            price_personal=price_personal,
            progress=progress,
        )
        return learned.metrics


@dataclass(frozen=True)
class Learned:
    """A recommender with its reasons, how its steps did one month back (None with two months only), all metrics."""

    explainer: Explainer
    judged: Judged | None
    metrics: dict[str, Any]


def train_on(
    history: History,
    output: Path,
    name: str,
    *,
    own: tuple[Rule, ...] = (),
    config: Config | None = None,
    report: Report | None = None,
    price_personal: bool = False,
    progress: bool = True,
) -> Learned:
    """`train` from histories that are in memory: judge the steps, fit, save to `output`, log to MLflow.

    `report` is that of the cleaning: the model card states its shares of missing values, and with caution the product
    columns that were cleaned though they could not be read.
    """
    config, month = config or Config(), history.months[-1]
    with tracking.run(
        f"train {month:%Y-%m}", {"data": name, "data_hash": data_hash(history), "as_of": month}
    ) as logged:
        judged = judge_last_month(history, config, own=own, progress=progress)
        tables = judgement(history, judged.ranked, judged.added, judged.target, config) if judged else None
        if judged is not None and price_personal:
            lists = judged.ranked, judged.added, judged.target
            judged.metrics["without_personal"] = without_personal(history, *lists, config, own, progress=progress)
        recommender = fit(history, config, progress=progress)
        explainer = explain(history, recommender)
        explainer.save(output / MODEL)
        metrics = {
            "data": name,
            "as_of": month.isoformat(),
            "customers_in_history": len(history),
            "months": len(history.months),
            "cautions": cautions(len(history.months)),
            "run_id": logged.id,
            ACCEPTED: accepted_in(report),
            "reasons": agreement(history, explainer),
            **({"missing_values": missing_shares(report)} if report else {}),
            **(judged.metrics if judged else {}),
            **(tables.as_dict() if tables else {}),
        }
        write_json(output / METRICS, metrics)
        write_text(output / CARD, model_card(metrics, config, tables, tracking.git_commit()))
        logged.parameters(asdict(config))
        for file in (METRICS, CARD):
            logged.artifact(output / file)
        logged.metrics({"reasons": {name: value for name, value in metrics["reasons"].items() if name != "by_group"}})
        if judged is not None and tables is not None:
            logged.metrics(judged.metrics)
            _log_tables(logged, tables)
            logged.figure(charts.importance(importances(judged.recommender)), "importance")
        logged.tags(_registered(history, output / MODEL, judged.recommender if judged else None, config.bank, logged))
    return Learned(explainer, judged, metrics)


def _registered(
    history: History, folder: Path, twin: Recommender | None, bank: str, logged: tracking.Run
) -> dict[str, str]:
    """Register the model in `folder` with its twin one month back; its version, and who is the champion now."""
    example = to_frame(history.take(np.arange(min(5, len(history)))))
    with tracking.temporary_folder() as work:
        beside = Path(work) / tracking.TWIN
        if twin is not None:
            twin.save(beside)
        backtested = beside if twin else None
        version = logged.model(folder, backtested, example, load=served.load, answer=served.answer, bank=bank)
    return {"version": version, "champion": crown_the_better(history, twin, bank, version)}


def _log_tables(logged: tracking.Run, report: Judgement) -> None:
    """Tables and plots, as a person wants to see them in MLflow."""
    logged.table(report.methods.reset_index(names="method"), "methods")
    logged.table(report.products.reset_index(), "by_product")
    logged.table(report.ranks.reset_index(), "by_rank")
    logged.table(report.groups, "by_group")
    logged.table(report.bands, "reliability")
    logged.figure(charts.recall_by_product(report.products), "recall_by_product")
    logged.figure(charts.exposure(report.products), "exposure")
    logged.figure(charts.reliability(report.bands), "reliability")


def data_hash(history: History) -> str:
    """SHA-256 of customers, months, words and profile, 16 digits of it: the same data, the same hash."""
    found = hashlib.sha256(",".join(map(str, history.months)).encode())
    found.update(np.ascontiguousarray(history.user_id).tobytes())
    found.update(np.ascontiguousarray(history.words).tobytes())
    with pa.ipc.new_stream(sink := pa.BufferOutputStream(), history.profile.schema) as writer:
        writer.write_table(history.profile.combine_chunks())
    found.update(sink.getvalue())
    return found.hexdigest()[:16]


def importances(recommender: Recommender) -> pd.Series:
    """Importance of each feature of the ranker, in percent of all (CatBoost's prediction values change)."""
    model = recommender.ranker
    return pd.Series(model.get_feature_importance(), index=model.feature_names_)
