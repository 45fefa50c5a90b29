"""`train`: clean snapshots to models, metrics and a model card.

The steps are run one month back and evaluated on the last month, then fitted to all months, saved and logged to MLflow.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

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
from bankrec.jobs.comparison import compare_methods
from bankrec.jobs.snapshots import check_data
from bankrec.model.season import cautions
from bankrec.model.training import fit
from bankrec.results import TrainingMetrics
from bankrec.rules.builtin import Rule
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.suppression import as_rules, read_suppressed
from bankrec.storage import tracking
from bankrec.storage.atomic import write_json, write_text
from bankrec.storage.checkpoints import Spent, measured
from bankrec.storage.model_folder import CARD, METRICS, MODEL, data_name

# Columns of the comparison that are printed.
SHOWN = ["map_at_7", "map_at_7_of_maximum", "recall_at_1", "recall_at_7", "coverage_at_5", "novelty_at_5"]


def command(arguments: Namespace) -> int:
    """Train, and print the metrics of the backtest."""
    learned = _learn(arguments)
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


def _learn(given: Namespace) -> Learned:
    """Train on the clean snapshots, evaluate the same steps one month back, write to the output folder.

    The cost of the bank's own rules and of its suppression list is reported. The month is evaluated once more without
    the personal attributes, and with every method of `compare_methods`, whose table is printed, where this is asked
    for. The metrics are also in `<output>/metrics.json`, in the model card and in MLflow with the model.
    """
    data, output, bank = given.data, given.output, read_bank(given.bank)
    month = as_of_month(given.as_of, data, bank)
    own = (*read_eligibility(given.eligibility, bank), *as_rules(read_suppressed(given.suppress)))
    if month == months_of(data, bank)[0]:
        raise InputError(f"{data} has no month before {month:%Y-%m}, which training needs: add an earlier month")
    check_data(data, bank, given.engine)
    output.mkdir(parents=True, exist_ok=True)
    with tracking.temporary_folder() as folder:
        path = Path(folder) / HISTORIES_FILE
        with measured("histories") as spent:
            build_histories(data, path, bank, as_of=month, features=given.features, engine=given.engine)
            history, called, report = load_histories(path, bank), data_name(data, given.name), read_report(data)
        learned = train_on(
            history,
            output,
            called,
            own=own,
            report=report,
            price_personal=given.without_personal,
            source=data,
            earlier=[spent],
        )
    if given.compare and learned.backtest is not None:
        methods = compare_methods(history, learned, reference=True)
        print(methods[SHOWN].round(4).to_string())
    return learned


def train_on(
    history: History,
    output: Path,
    name: str,
    *,
    own: tuple[Rule, ...] = (),
    config: Config | None = None,
    report: Report | None = None,
    price_personal: bool = False,
    source: Path | None = None,
    earlier: Iterable[Spent] = (),
) -> Learned:
    """Train on histories that are in memory: backtest, fit, save to `output`, log to MLflow.

    `report` is that of the cleaning: the model card states its shares of missing values, and with caution the product
    columns that were accepted although they could not be read. `source` are the clean snapshots, `earlier` the time and
    memory of the stages before this one: both are recorded in the run.
    """
    config = config or Config()
    called = tracking.run_name("train", history.bank.name, history.months[-1])
    with tracking.run(called, training_record.tags(history, name)) as logged:
        training_record.log_data(logged, history, name, source, report)
        for spent in earlier:
            logged.spent(spent)
        with logged.stage("backtest"):
            backtest = backtest_last_month(history, config, own=own)
        month, figures = None, None
        with logged.stage("evaluate"):
            if backtest is not None:
                ranked, added, target = backtest.ranked, backtest.added, backtest.target
                month = month_report(history, ranked, added, target, config, backtest.interval)
                figures = metrics_of(history, backtest, config, own, price_personal=price_personal)
        with logged.stage("fit"):
            recommender = fit(history, config)
        with logged.stage("reasons"):
            explainer = explain(history, recommender)
            agreed = agreement(history, explainer, config.evaluation.shap_customers)
        explainer.save(output / MODEL)
        metrics = TrainingMetrics(
            data=name,
            as_of=history.months[-1].isoformat(),
            customers_in_history=len(history),
            months=len(history.months),
            cautions=tuple(cautions(len(history.months), config.base_rates)),
            run_id=logged.id,
            accepted=tuple(accepted_in(report)),
            reasons=agreed,
            missing_values=missing_shares(report) if report else None,
            backtest=figures,
            tables=month.as_dict() if month else {},
        )
        metrics = replace(metrics, card=model_card(metrics, history.bank, config, month, tracking.git_commit()))
        write_json(output / METRICS, metrics.as_dict())
        write_text(output / CARD, metrics.card)
        with logged.stage("record"):
            training_record.log_whole(logged, history, output, config, metrics, month, backtest, recommender)
    return Learned(explainer, backtest, month, metrics)
