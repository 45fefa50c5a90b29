"""`evaluate`: the set in use against what was acquired in the month after it."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from bankrec.evaluation.set_report import SetReport, evaluate_set
from bankrec.publishing import sets
from bankrec.storage import tracking
from bankrec.storage.atomic import write_json
from bankrec.storage.checkpoints import measured


def command(arguments: Namespace) -> int:
    """Print the report."""
    print(evaluate(arguments.recs, arguments.truth).text())
    return 0


def evaluate(recs: Path, truth: Path) -> SetReport:
    """The current set against the month after it; logged to MLflow, the headline written to `<recs>/realised.json`."""
    began = time.time()
    with measured("evaluate") as spent:
        report = evaluate_set(recs, truth)
    manifest = sets.read_manifest(recs / report.set_id)
    bank, as_of, trained = sets.bank_of(manifest).name, manifest["as_of"], manifest.get("run_id")
    tags = {"bank": bank, "as_of": as_of, "purpose": "evaluate", "data": manifest["metrics"].get("data", "unknown")}
    name = tracking.run_name("evaluate", bank, as_of)
    with tracking.run(name, tags | {"set_id": report.set_id}, parent=trained, began=began) as logged:
        logged.spent(spent)
        if trained:
            logged.tags({"training_run": trained})
        logged.dataset(truth.name, "acquisitions", source=truth)
        logged.metrics(report.quality.as_dict())
        logged.table(report.products.reset_index(), "by_product")
        logged.table(report.ranks.reset_index(), "by_rank")
        logged.table(report.groups, "by_group")
        logged.table(report.rules.reset_index(), "rules")
        logged.note(f"Set **{report.set_id}** against what was acquired in the month after {report.as_of}.")
    write_json(recs / "realised.json", report.realised())
    return report
