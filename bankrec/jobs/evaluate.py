"""`evaluate`: the set in use against what was acquired in the month after it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from bankrec.evaluation.set_report import SetReport, evaluate_set
from bankrec.publishing import sets
from bankrec.storage import tracking
from bankrec.storage.atomic import write_json


def command(arguments: Namespace) -> int:
    """Print the report."""
    print(evaluate(arguments.recs, arguments.truth).text())
    return 0


def evaluate(recs: Path, truth: Path) -> SetReport:
    """The current set against the month after it; logged to MLflow, the headline written to `<recs>/realised.json`."""
    report = evaluate_set(recs, truth)
    folder = sets.current(recs)
    data = sets.read_manifest(folder)["metrics"].get("data", "unknown") if folder else "unknown"
    tags = {"data": data, "as_of": report.as_of, "set_id": report.set_id}
    with tracking.run(f"evaluate {report.as_of[:7]}", tags) as logged:
        logged.metrics(report.quality.as_dict())
        logged.table(report.products.reset_index(), "by_product")
        logged.table(report.ranks.reset_index(), "by_rank")
        logged.table(report.groups, "by_group")
        logged.table(report.rules.reset_index(), "rules")
    write_json(recs / "realised.json", report.realised())
    return report
