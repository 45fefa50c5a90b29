"""The jobs that join the others: the whole way at once, and judging a set by the month after it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from bankrec import sets, tracking
from bankrec.atomic import write_json
from bankrec.build_histories import build_histories, load_histories, months_of
from bankrec.cleaning_report import Report as CleaningReport
from bankrec.config import Config
from bankrec.eligibility import read_eligibility
from bankrec.judge_set import Report, judge_set
from bankrec.learning import HISTORIES_FILE, train_on
from bankrec.model_folder import METRICS, MODEL, data_name, read_metrics
from bankrec.months import check_enough
from bankrec.offering import publish_from_files
from bankrec.preprocess import format_report, preprocess
from bankrec.raw import check_header
from bankrec.recommender import Recommender
from bankrec.report_file import read_report
from bankrec.stages import Stages, file_state, only_one
from bankrec.suppression import as_rules, read_suppressed

CLEAN_FILE = "preprocessed_data.parquet"


def clean_snapshots(
    source: Path,
    output: Path,
    *,
    append: bool = False,
    accept: Collection[str] = (),
    for_training: bool = False,
    engine: str = "duckdb",
    name: str | None = None,
    progress: bool = True,
) -> CleaningReport:
    """`preprocess.preprocess`, and its report in MLflow: whole as JSON, its rules as a table, totals as metrics."""
    report = preprocess(
        source,
        output,
        append=append,
        accept=accept,
        for_training=for_training,
        engine=engine,
        progress=progress,
    )
    with tracking.run(f"preprocess {source.name}", {"data": data_name(source, name), "engine": engine}) as logged:
        logged.metrics({total: report[total] for total in ("rows_read", "rows_kept", "duplicates")})
        found = [{key: rule[key] for key in ("column", "action", "rule", "rows", "share")} for rule in report["rules"]]
        logged.table(pd.DataFrame(found), "cleaning_rules")
        logged.json(report, "cleaning_report")
    return report


def evaluate(recs: Path, truth: Path) -> Report:
    """Judge the current set by the month after it; logs to MLflow and writes `<recs>/realised.json`."""
    report = judge_set(recs, truth)
    folder = sets.current(recs)
    data = sets.read_manifest(folder)["metrics"].get("data", "unknown") if folder else "unknown"
    tags = {"data": data, "as_of": report.as_of, "set_id": report.set_id}
    with tracking.run(f"evaluate {report.as_of[:7]}", tags) as logged:
        logged.metrics(report.metrics)
        logged.table(report.products.reset_index(), "by_product")
        logged.table(report.ranks.reset_index(), "by_rank")
        logged.table(report.groups, "by_group")
        logged.table(report.rules.reset_index(), "rules")
    write_json(recs / "realised.json", report.realised())
    return report


def run(
    source: Path,
    workdir: Path,
    *,
    accept: Collection[str] = (),
    suppress: Path | None = None,
    eligibility: Path | None = None,
    keep: int = 3,
    force: bool = False,
    name: str | None = None,
    engine: str = "duckdb",
) -> str:
    """Raw months to a published set in `<workdir>/recs`, headless; goes on where a killed run stopped.

    Product columns in `accept` are taken though they can't be read (`bankrec.readable`). Prints the table of
    cleaning, of this run or of the one whose clean snapshots are reused.
    Returns the table of stages: time, rows a second, peak memory.
    """
    check_header(source)
    own, suppressed = read_eligibility(eligibility), read_suppressed(suppress)
    clean, histories, models = workdir / CLEAN_FILE, workdir / HISTORIES_FILE, workdir / "models"
    with only_one(workdir):
        stages, called = Stages(workdir, force), data_name(source, name)
        raw = [str(source.resolve()), file_state(source), engine, sorted(accept)]

        def tidy() -> int:
            report = clean_snapshots(source, clean, accept=accept, for_training=True, engine=engine, name=name)
            return int(report["rows_kept"])

        stages.run("preprocess", raw, clean, tidy)
        if report := read_report(clean):
            print(format_report(report), flush=True)
        check_enough(months_of(clean), str(source))
        stages.run(
            "histories",
            file_state(clean),
            histories,
            lambda: build_histories(clean, histories, engine=engine),
        )

        def learn() -> int:
            history = load_histories(histories)
            train_on(history, models, called, own=(*own, *as_rules(suppressed)), report=read_report(clean))
            return len(history)

        terms = [file_state(path) if path else None for path in (eligibility, suppress)]  # judged: what they cost
        stages.run("train", [file_state(histories), called, asdict(Config()), terms], models / METRICS, learn)

        def offer() -> int:
            set_id, _ = publish_from_files(
                workdir / "recs",
                histories,
                Recommender.load(models / MODEL),
                read_metrics(models),
                suppressed=suppressed,
                own=own,
                keep=keep,
                force=force,
                engine=engine,
            )
            return int(sets.read_manifest(workdir / "recs" / set_id)["counts"]["recommendations"])

        inputs = [file_state(models), terms, keep]
        stages.run("publish", inputs, workdir / "recs" / sets.CURRENT, offer)
        return stages.report()
