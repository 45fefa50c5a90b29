"""The report on a cleaning: a JSON file beside the clean snapshots, which later steps read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from bankrec.cleaning.report import Report
from bankrec.errors import InputError
from bankrec.results import ACCEPTED
from bankrec.storage.atomic import write_json


def report_path(output: Path) -> Path:
    """The path of the report on `output`: `<stem>_report.json` beside it."""
    return output.with_name(f"{output.stem}_report.json")


def read_report(output: Path) -> Report | None:
    """The report on the clean snapshots in `output`; None where there is none, such as for a file copied without it."""
    path = report_path(output)
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read ({error}): remove it, or run `preprocess` again") from error
    if not isinstance(report, dict):
        raise InputError(f"{path} is not a report of `preprocess`: remove it, or run `preprocess` again")
    return report


def save_report(report: Report, output: Path, earlier: Report | None) -> None:
    """Save the report: of the last run at the top, with those of the runs it appends to under `earlier`."""
    whole = dict(report)
    if earlier is not None:
        before = dict(earlier)
        whole["earlier"] = [*before.pop("earlier", []), before]
    write_json(report_path(output), whole)


def report_hash(report: Report) -> str:
    """First 16 digits of the SHA-256 of the report on one cleaning, without those it appends to."""
    alone = {name: value for name, value in report.items() if name != "earlier"}
    return hashlib.sha256(json.dumps(alone, sort_keys=True, default=str).encode()).hexdigest()[:16]


def accepted_in(report: Report | None) -> list[dict[str, str]]:
    """The columns that the user accepted although they stop cleaning: `column`, `input` and `what` of each.

    Those of all runs, where months were appended; none without a report.
    """
    report = report or {}
    runs = [*report.get("earlier", []), report]
    return [{**entry, "input": str(run["input"])} for run in runs for entry in run.get(ACCEPTED, [])]


def caution(entry: dict[str, str]) -> str:
    """An entry of `accepted_in`, or of a report, as a sentence."""
    of = f" of {entry['input']}" if "input" in entry else ""
    return (
        f"{entry['column']}{of} was accepted although {entry['what']}; these values count as not held, so figures"
        " of this product's holders, acquisitions and rates are not reliable"
    )
