"""What MLflow keeps of a publishing: a run from before the ranking to after the switch, with the set and its gate.

A set is published even if MLflow can't be written to: the service must not wait for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from bankrec.errors import InputError, in_one_line
from bankrec.model.recommender import Recommender
from bankrec.publishing import sets
from bankrec.publishing.gate import Checks
from bankrec.results import Headline
from bankrec.storage import tracking
from bankrec.storage.checkpoints import measured

Published = tuple[str, Checks]


def recorded(recs: Path, recommender: Recommender, headline: Headline, publish: Callable[[], Published]) -> Published:
    """What `publish` returns, recorded in a run nested under that of the training, if this MLflow has that one.

    For a set that the gate refuses, the run fails and states the reason.
    """
    bank, month = recommender.bank.name, recommender.as_of
    tags = {"bank": bank, "as_of": month, "purpose": "publish", "data": headline.figures.get("data", "unknown")}
    if headline.run_id is not None:
        tags["training_run"] = headline.run_id
    try:
        logged = tracking.started(tracking.run_name("publish", bank, month), tags, parent=headline.run_id)
    except Exception as error:
        _not_logged(error)
        return publish()
    try:
        with measured("publish") as spent:
            set_id, checks = publish()
    except BaseException as error:
        _logged(partial(_refused, logged, error))
        raise
    _logged(partial(_done, logged, recs / set_id, checks))
    _logged(partial(logged.spent, spent))
    _logged(logged.end)
    return set_id, checks


def _done(logged: tracking.Run, folder: Path, checks: Checks) -> None:
    manifest = sets.read_manifest(folder)
    gate = "passed" if checks.passed else f"forced: {checks.failures()}"
    logged.tags({"set_id": folder.name, "gate": gate})
    logged.metrics(manifest["counts"])
    logged.table(pd.DataFrame(checks.as_dict()), "gate")
    logged.json(manifest, "manifest")
    logged.dataset(folder.name, "published", source=folder, counts=manifest["counts"])
    logged.note(f"Set **{folder.name}** in `{folder.parent}`; gate {gate}.")


def _refused(logged: tracking.Run, error: BaseException) -> None:
    why = in_one_line(error, 2_000) if isinstance(error, InputError) else type(error).__name__
    logged.tags({"gate": why})
    logged.note(f"Nothing was published: {why}")
    logged.end("FAILED")


def _logged(write: Callable[[], None]) -> None:
    try:
        write()
    except Exception as error:
        _not_logged(error)


def _not_logged(error: Exception) -> None:
    print(f"caution: MLflow at {tracking.tracking_uri()} can't be written to: {in_one_line(error)}", file=sys.stderr)
