"""`preprocess`: raw months to clean snapshots, and the report of what was changed."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from bankrec.bank.files import read_bank, santander
from bankrec.cleaning.preprocess import format_report, preprocess
from bankrec.cleaning.report import Report
from bankrec.cleaning.report_file import report_hash, report_path
from bankrec.cleaning.snapshot_frame import column_types
from bankrec.errors import InputError
from bankrec.storage import tracking
from bankrec.storage.checkpoints import measured
from bankrec.storage.model_folder import data_name


def command(arguments: Namespace) -> int:
    """Clean, print the table of changes and where the output is."""
    if read_bank(arguments.bank).adapter is None:
        raise InputError(f"--bank {arguments.bank}: its snapshots are clean already; check them with `bank check`")
    report = clean_snapshots(
        arguments.input,
        arguments.output,
        append=arguments.append,
        accept=arguments.accept_unreadable,
        engine=arguments.engine,
    )
    print(format_report(report))
    print(f"clean snapshots: {arguments.output}\nreport: {report_path(arguments.output)}")
    return 0


def clean_snapshots(
    source: Path,
    output: Path,
    *,
    append: bool = False,
    accept: Collection[str] = (),
    for_training: bool = False,
    engine: str = "duckdb",
    name: str | None = None,
) -> Report:
    """`cleaning.preprocess`, and its report in MLflow: whole as JSON, its rules as a table, totals as metrics.

    The run has the duration of the work, and is opened when that is done. A training on these snapshots is linked to it
    by the hash of the report.
    """
    bank, called = santander(), data_name(source, name)
    tags = {"bank": bank.name, "purpose": "preprocess", "data": called, "engine": engine}
    began = time.time()
    with measured("preprocess") as spent:
        report = preprocess(source, output, append=append, accept=accept, for_training=for_training, engine=engine)
    month = report["months"][-1]
    with tracking.run(tracking.run_name("preprocess", bank.name, month), tags, began=began) as logged:
        logged.spent(spent)
        logged.tags({"as_of": month, "report_hash": report_hash(report)})
        logged.dataset(called, "raw months", source=source, counts={"rows": report["rows_read"]})
        columns, kept = column_types(bank), {"rows": report["rows_kept"], "months": len(report["months"])}
        logged.dataset(output.name, "clean snapshots", source=output, columns=columns, counts=kept)
        logged.metrics({total: report[total] for total in ("rows_read", "rows_kept", "duplicates")})
        rules = [{key: rule[key] for key in ("column", "action", "rule", "rows", "share")} for rule in report["rules"]]
        logged.table(pd.DataFrame(rules), "cleaning_rules")
        logged.json(report, "cleaning_report")
        kept_of_read = f"{report['rows_kept']:,} of {report['rows_read']:,} rows kept"
        logged.note(f"`{source.name}` cleaned into `{output.name}`: {kept_of_read}, months to {month}.")
    return report
