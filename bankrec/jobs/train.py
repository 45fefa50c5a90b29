"""`train`: clean snapshots to models, metrics and a model card.

The steps are run one month back and evaluated on the last month, then fitted to all months, saved and logged to MLflow.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bankrec.bank.description import Bank
from bankrec.bank.files import read_bank
from bankrec.cleaning.histories import HISTORIES_FILE, as_of_month, build_histories, load_histories, months_of
from bankrec.cleaning.report import Report, missing_shares
from bankrec.cleaning.report_file import accepted_in, read_report
from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.evaluation.backtest import Backtest, backtest_last_month, metrics_of
from bankrec.evaluation.model_card import model_card
from bankrec.evaluation.month_report import MonthReport, format_backtest, month_report
from bankrec.evaluation.shap_agreement import agreement
from bankrec.explain.explainer import Explainer, explain
from bankrec.history import History
from bankrec.jobs import training_record
from bankrec.jobs.snapshots import check_data
from bankrec.model.season import cautions
from bankrec.model.training import fit
from bankrec.results import TrainingMetrics
from bankrec.rules.builtin import Rule
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.suppression import as_rules, read_suppressed
from bankrec.storage import tracking
from bankrec.storage.atomic import write_json, write_text
from bankrec.storage.model_folder import CARD, METRICS, MODEL, data_name


def command(arguments: Namespace) -> int:
    """Train, and print how the steps did one month back."""
    learned = train(
        arguments.data,
        arguments.output,
        read_bank(arguments.bank),
        features=arguments.features,
        as_of=arguments.as_of,
        name=arguments.name,
        engine=arguments.engine,
        eligibility=arguments.eligibility,
        suppress=arguments.suppress,
        price_personal=arguments.without_personal,
    )
    metrics, month = learned.metrics, learned.metrics.backtest
    if month is not None and learned.report is not None:
        print(format_backtest(month, learned.report))
    print_cautions(metrics.cautions)
    print(f"models, metrics and model card: {arguments.output}\nMLflow run: {metrics.run_id}")
    return 0


def print_cautions(cautions: Iterable[str]) -> None:
    """A line for each caution of a training."""
    for caution in cautions:
        print(f"caution: {caution}")


@dataclass(frozen=True)
class Learned:
    """A recommender with its reasons, and its metrics; the backtest and its report are None with two months only."""

    explainer: Explainer
    backtest: Backtest | None
    report: MonthReport | None
    metrics: TrainingMetrics


def train(
    data: Path,
    output: Path,
    bank: Bank,
    *,
    features: Path | None = None,
    as_of: str | None = None,
    name: str | None = None,
    engine: str = "duckdb",
    eligibility: Path | None = None,
    suppress: Path | None = None,
    price_personal: bool = False,
) -> Learned:
    """Train on the clean snapshots of `bank` in `data`, evaluate the same steps one month back, write to `output`.

    `features` is the parquet of the bank's own features. `eligibility` is a file of its own rules, `suppress` its
    suppression list: their cost is reported. With `price_personal` the month is evaluated once more without the
    personal attributes. The metrics are also in `<output>/metrics.json`, in the model card and in MLflow with the
    model.
    """
    month = as_of_month(as_of, data, bank)
    own = (*read_eligibility(eligibility, bank), *as_rules(read_suppressed(suppress)))
    if month == months_of(data, bank)[0]:
        raise InputError(f"{data} has no month before {month:%Y-%m}: nothing to learn from, add an earlier one")
    check_data(data, bank, engine)
    output.mkdir(parents=True, exist_ok=True)
    with tracking.temporary_folder() as folder:
        path = Path(folder) / HISTORIES_FILE
        build_histories(data, path, bank, as_of=month, features=features, engine=engine)
        history, called, report = load_histories(path, bank), data_name(data, name), read_report(data)
        return train_on(history, output, called, own=own, report=report, price_personal=price_personal)


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
    """`train` from histories that are in memory: backtest, fit, save to `output`, log to MLflow.

    `report` is that of the cleaning: the model card states its shares of missing values, and with caution the product
    columns that were cleaned though they could not be read.
    """
    config, months = config or Config(), history.months
    with tracking.run(f"train {months[-1]:%Y-%m}", training_record.tags(history, name)) as logged:
        backtest, figures, month = backtest_last_month(history, config, own=own, progress=progress), None, None
        if backtest is not None:
            month = month_report(history, backtest.ranked, backtest.added, backtest.target, config, backtest.interval)
            figures = metrics_of(history, backtest, config, own, price_personal=price_personal, progress=progress)
        explainer = explain(history, fit(history, config, progress=progress))
        explainer.save(output / MODEL)
        metrics = TrainingMetrics(
            data=name,
            as_of=months[-1].isoformat(),
            customers_in_history=len(history),
            months=len(months),
            cautions=tuple(cautions(len(months), config.level)),
            run_id=logged.id,
            accepted=tuple(accepted_in(report)),
            reasons=agreement(history, explainer, config.evaluation.shap_customers),
            missing_values=missing_shares(report) if report else None,
            backtest=figures,
            tables=month.as_dict() if month else {},
        )
        metrics = replace(metrics, card=model_card(metrics, history.bank, config, month, tracking.git_commit()))
        write_json(output / METRICS, metrics.as_dict())
        write_text(output / CARD, metrics.card)
        training_record.log_files(logged, output, config)
        training_record.log_metrics(logged, metrics)
        if backtest is not None and month is not None:
            training_record.log_month(logged, month, backtest.recommender)
        fitted = backtest.recommender if backtest else None
        training_record.register(logged, history, output, fitted)
    return Learned(explainer, backtest, month, metrics)
