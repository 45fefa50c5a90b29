"""`run`: raw months to a published set, all stages in one command."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Iterable, Set
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq

from bankrec.bank.description import Bank
from bankrec.bank.files import read_bank
from bankrec.cleaning.histories import HISTORIES_FILE, build_histories, load_histories, months_of
from bankrec.cleaning.months import check_enough
from bankrec.cleaning.preprocess import format_report
from bankrec.cleaning.report_file import read_report
from bankrec.config import Config
from bankrec.explain.explainer import Explainer
from bankrec.ingest.headers import check_clean_header, check_own_features
from bankrec.ingest.raw_file import check_header
from bankrec.jobs.preprocess import clean_snapshots
from bankrec.jobs.publish import publish_from_files
from bankrec.jobs.snapshots import check_data
from bankrec.jobs.train import print_cautions, train_on
from bankrec.publishing import sets
from bankrec.rules.builtin import Rule
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.suppression import as_rules, read_suppressed
from bankrec.storage.atomic import write_json
from bankrec.storage.checkpoints import Spent, Stages, file_state, only_one
from bankrec.storage.engine import parquet_files
from bankrec.storage.model_folder import METRICS, MODEL, data_name, read_headline

CLEAN_FILE, CHECKED = "preprocessed_data.parquet", "checked.json"


def command(arguments: Namespace) -> int:
    """Run every stage that is not done yet; print the table of cleaning, that of the stages, where the set is."""
    print(
        run(
            arguments.input,
            arguments.workdir,
            read_bank(arguments.bank),
            features=arguments.features,
            accept=arguments.accept_unreadable,
            suppress=arguments.suppress,
            eligibility=arguments.eligibility,
            keep=arguments.keep,
            force=arguments.force,
            name=arguments.name,
            engine=arguments.engine,
            explain_removals=arguments.explain_removals,
        )
    )
    print_cautions(read_headline(arguments.workdir / "models").cautions)
    print(f"the set: {arguments.workdir / 'recs' / sets.CURRENT}")
    return 0


def run(
    source: Path,
    workdir: Path,
    bank: Bank,
    *,
    features: Path | None = None,
    accept: Collection[str] = (),
    suppress: Path | None = None,
    eligibility: Path | None = None,
    keep: int = 3,
    force: bool = False,
    name: str | None = None,
    engine: str = "duckdb",
    explain_removals: bool = False,
) -> str:
    """Raw months to a published set in `<workdir>/recs`, without notebooks.

    After a kill, finished stages are skipped and the interrupted one starts again.

    Product columns in `accept` are accepted although they can't be read (`bankrec.cleaning.readable`). Prints the table
    of cleaning, of this run or of the one whose clean snapshots are reused.
    Returns the table of stages: time, rows a second, peak memory.
    """
    (check_header(source) if bank.adapter else check_clean_header(source, bank))
    check_own_features(features, bank)
    own, suppressed = read_eligibility(eligibility, bank), read_suppressed(suppress)
    histories, models, recs = (workdir / name for name in (HISTORIES_FILE, "models", "recs"))
    with only_one(workdir):
        stages, called = Stages(workdir, force), data_name(source, name)
        described = bank.as_dict()
        terms = [file_state(path) if path else None for path in (eligibility, suppress)]  # training reports their cost
        clean = source if bank.adapter is None else workdir / CLEAN_FILE
        if bank.adapter is None:
            checked = workdir / CHECKED
            stages.run("check", [file_state(source), described], checked, lambda: _check(source, checked, bank))
        else:
            given = [str(source.resolve()), file_state(source), engine, sorted(accept)]
            stages.run("preprocess", given, clean, lambda: _clean(source, clean, accept, engine, name))
            _print_cleaning(clean)
        check_enough(months_of(clean, bank), str(source))
        stages.run(
            "histories",
            [file_state(clean), described, file_state(features) if features else None],
            histories,
            lambda: build_histories(clean, histories, bank, features=features, engine=engine),
        )
        stages.run(
            "train",
            [file_state(histories), called, asdict(Config()), terms, described],
            models / METRICS,
            lambda: _train(histories, bank, clean, models, called, (*own, *as_rules(suppressed)), stages.spent()),
        )
        stages.run(
            "publish",
            [file_state(models), terms, keep, *(["explain removals"] if explain_removals else [])],
            recs / sets.CURRENT,
            lambda: _publish(recs, histories, models, own, suppressed, keep, force, engine, explain_removals),
        )
        return stages.report()


def _clean(source: Path, clean: Path, accept: Collection[str], engine: str, name: str | None) -> int:
    """Raw months to clean snapshots; returns their rows."""
    report = clean_snapshots(source, clean, accept=accept, for_training=True, engine=engine, name=name)
    return int(report["rows_kept"])


def _check(source: Path, checked: Path, bank: Bank) -> int:
    """Snapshots that are clean already, checked; returns their rows, which `checked` keeps."""
    check_data(source, bank)
    rows: int = sum(pq.read_metadata(file).num_rows for file in parquet_files(source))
    write_json(checked, {"rows": rows})
    return rows


def _print_cleaning(clean: Path) -> None:
    """The table of cleaning, of this run or of the one whose clean snapshots are reused."""
    if report := read_report(clean):
        print(format_report(report), flush=True)


def _train(
    histories: Path,
    bank: Bank,
    clean: Path,
    models: Path,
    name: str,
    own: tuple[Rule, ...],
    earlier: Iterable[Spent],
) -> int:
    """Histories to models; returns the number of customers. `earlier` is what the stages before took."""
    history = load_histories(histories, bank)
    train_on(history, models, name, own=own, report=read_report(clean), source=clean, earlier=earlier)
    return len(history)


def _publish(
    recs: Path,
    histories: Path,
    models: Path,
    own: tuple[Rule, ...],
    suppressed: Set[int],
    keep: int,
    force: bool,
    engine: str,
    explain_removals: bool,
) -> int:
    """Histories and models to a published set; returns its recommendations."""
    set_id, _ = publish_from_files(
        recs,
        histories,
        Explainer.load(models / MODEL),
        read_headline(models),
        suppressed=suppressed,
        own=own,
        keep=keep,
        force=force,
        engine=engine,
        explain_removals=explain_removals,
    )
    return int(sets.read_manifest(recs / set_id)["counts"]["recommendations"])
