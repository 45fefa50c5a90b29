"""`run`: raw months to a published set, all stages in one command."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
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
from bankrec.jobs.preprocess import clean_snapshots
from bankrec.jobs.publish import publish_from_files
from bankrec.jobs.snapshots import check_data
from bankrec.jobs.terms import Terms, read_terms
from bankrec.jobs.train import print_cautions, train_on
from bankrec.publishing import sets
from bankrec.rules.suppression import as_rules
from bankrec.storage.atomic import write_json
from bankrec.storage.checkpoints import Spent, Stages, file_state, only_one
from bankrec.storage.engine import parquet_files
from bankrec.storage.model_folder import METRICS, MODEL, data_name, read_headline

CLEAN_FILE, CHECKED = "preprocessed_data.parquet", "checked.json"


def command(arguments: Namespace) -> int:
    """Run every stage that is not done yet; print the table of cleaning, that of the stages, where the set is."""
    print(_run(arguments))
    print_cautions(read_headline(arguments.workdir / "models").cautions)
    print(f"the set: {arguments.workdir / 'recs' / sets.CURRENT}")
    return 0


def _run(given: Namespace) -> str:
    """Raw months to a published set in `<workdir>/recs`, without notebooks.

    After a kill, finished stages are skipped and the interrupted one starts again.

    Product columns that the user accepts are kept although they can't be read (`bankrec.cleaning.readable`). Prints the
    table of cleaning, of this run or of the one whose clean snapshots are reused.
    Returns the table of stages: time, rows a second, peak memory.
    """
    source, workdir, features, bank = given.input, given.workdir, given.features, read_bank(given.bank)
    terms = read_terms(given, bank)
    histories, models, recs = (workdir / name for name in (HISTORIES_FILE, "models", "recs"))
    with only_one(workdir):
        stages, called = Stages(workdir, given.force), data_name(source, given.name)
        described = bank.as_dict()
        files = [file_state(path) if path else None for path in (given.eligibility, given.suppress)]
        clean = source if bank.adapter is None else workdir / CLEAN_FILE
        if bank.adapter is None:
            checked = workdir / CHECKED
            stages.run("check", [file_state(source), described], checked, lambda: _check(source, checked, bank))
        else:
            inputs = [str(source.resolve()), file_state(source), given.engine, sorted(given.accept_unreadable)]
            stages.run("preprocess", inputs, clean, lambda: _clean(given, clean))
            if report := read_report(clean):  # of this run, or of the one whose clean snapshots are reused
                print(format_report(report), flush=True)
        check_enough(months_of(clean, bank), str(source))
        stages.run(
            "histories",
            [file_state(clean), described, file_state(features) if features else None],
            histories,
            lambda: build_histories(clean, histories, bank, features=features, engine=given.engine),
        )
        stages.run(
            "train",
            [file_state(histories), called, asdict(Config()), files, described],  # it reports the cost of the rules
            models / METRICS,
            lambda: _train(histories, bank, clean, models, called, terms, stages.spent()),
        )
        stages.run(
            "publish",
            [file_state(models), files, terms.keep, *(["explain removals"] if terms.explain_removals else [])],
            recs / sets.CURRENT,
            lambda: _publish(recs, histories, models, terms, given.engine),
        )
        return stages.report()


def _clean(given: Namespace, clean: Path) -> int:
    """Raw months to clean snapshots; returns their rows."""
    accept, engine, name = given.accept_unreadable, given.engine, given.name
    report = clean_snapshots(given.input, clean, accept=accept, for_training=True, engine=engine, name=name)
    return int(report["rows_kept"])


def _check(source: Path, checked: Path, bank: Bank) -> int:
    """Snapshots that are clean already, checked; returns their rows, which `checked` keeps."""
    check_data(source, bank)
    rows: int = sum(pq.read_metadata(file).num_rows for file in parquet_files(source))
    write_json(checked, {"rows": rows})
    return rows


def _train(
    histories: Path, bank: Bank, clean: Path, models: Path, name: str, terms: Terms, earlier: Iterable[Spent]
) -> int:
    """Histories to models; returns the number of customers. `earlier` is what the stages before took."""
    history, own = load_histories(histories, bank), (*terms.own, *as_rules(terms.suppressed))
    train_on(history, models, name, own=own, report=read_report(clean), source=clean, earlier=earlier)
    return len(history)


def _publish(recs: Path, histories: Path, models: Path, terms: Terms, engine: str) -> int:
    """Histories and models to a published set; returns its recommendations."""
    explainer, headline = Explainer.load(models / MODEL), read_headline(models)
    set_id, _ = publish_from_files(recs, histories, explainer, headline, terms, engine)
    return int(sets.read_manifest(recs / set_id)["counts"]["recommendations"])
