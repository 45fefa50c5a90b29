"""Runs of MLflow's experiment `Bank_recommendations`: what is written to a run while it is open.

`MLFLOW_TRACKING_URI` is honoured; without it runs go to the SQLite file that `run_mlflow_server.sh`
shows, so that no server is needed to log. Models are in `bankrec.storage.registry`.
"""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bankrec.errors import InputError
from bankrec.storage.checkpoints import Spent, measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENT = "Bank_recommendations"
ROOT = Path(__file__).resolve().parents[2]
DATABASE, ARTIFACTS, PORT = "mlflow.db", "mlartifacts", 5000  # where run_mlflow_server.sh reads them
# Tags that MLflow's interface reads: the description and the kind of an experiment, so that it shows runs and models.
ABOUT_EXPERIMENT = {
    "mlflow.note.content": (
        "Runs of `preprocess`, `train`, `recommend` and `evaluate`, named by purpose, bank and month. A training has"
        " its publishing and, with `train --compare`, each method of the comparison as nested runs."
    ),
    "mlflow.experimentKind": "custom_model_development",
}
NOTE, PARENT = "mlflow.note.content", "mlflow.parentRunId"


def tracking_uri() -> str:
    """Where runs are logged: the environment's choice, or the SQLite file at the root."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{ROOT / DATABASE}"


def set_up() -> Any:
    """The package MLflow, set up; imported here because the import takes two seconds, which other commands save."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(tracking_uri())
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        local = tracking_uri() == f"sqlite:///{ROOT / DATABASE}"
        mlflow.create_experiment(EXPERIMENT, (ROOT / ARTIFACTS).as_uri() if local else None, ABOUT_EXPERIMENT)
    mlflow.set_experiment(EXPERIMENT)
    return mlflow


def client() -> Any:
    """MLflow's client of the same store."""
    return set_up().MlflowClient()


def run_name(purpose: str, bank: str, as_of: date | str) -> str:
    """Name of a run: its purpose first, since MLflow's tables cut long names; then bank and month.

    >>> run_name("train", "santander", "2016-05-28")
    'train · santander 2016-05'
    """
    return f"{purpose} · {bank} {str(as_of)[:7]}"


def git_commit() -> str:
    """Commit of the code that runs, or `unknown` outside a checkout."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"


class Run:
    """One MLflow run that is open for writing."""

    def __init__(self, mlflow: Any, run_id: str) -> None:
        self._mlflow, self.id = mlflow, run_id

    def end(self, status: str = "FINISHED") -> None:
        """End the run."""
        self._mlflow.end_run(status)

    def note(self, text: str) -> None:
        """Set the description that the interface shows, in Markdown."""
        self.tags({NOTE: text})

    def tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags."""
        self._mlflow.set_tags({key: str(value) for key, value in tags.items()})

    def parameters(self, parameters: dict[str, Any]) -> None:
        """Log parameters, nested ones under names with dots."""
        self._mlflow.log_params(dict(_flat(parameters)))

    def metrics(self, metrics: dict[str, Any]) -> None:
        """Log the numbers among `metrics`; nested ones under names with dots."""
        numbers = {key: float(value) for key, value in _flat(metrics) if _is_number(value)}
        self._mlflow.log_metrics(numbers)

    def curve(self, name: str, values: Sequence[float], steps: Sequence[int] | None = None) -> None:
        """Log a metric by step, from 1 on where no `steps` are given."""
        now, at = int(time.time() * 1000), steps if steps is not None else range(1, len(values) + 1)
        points = [self._mlflow.entities.Metric(name, float(y), now, x) for x, y in zip(at, values, strict=True)]
        self._mlflow.MlflowClient().log_batch(self.id, metrics=points)

    def dataset(
        self,
        name: str,
        use: str,
        *,
        source: Path | None = None,
        digest: str | None = None,
        columns: Sequence[tuple[str, str]] = (),
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Log which data was used and for what, without its rows: see `LoggedData`."""
        from bankrec.storage.logged_data import LoggedData

        self._mlflow.log_input(LoggedData(name, source, digest, columns, counts or {}), use)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Log the time and memory of a part of the work: see `spent`."""
        with measured(name) as spent:
            yield
        self.spent(spent)

    def spent(self, spent: Spent) -> None:
        """Log the seconds and the peak memory (MB) of a stage, as `seconds.STAGE` and `peak_mb.STAGE`."""
        self.metrics({f"seconds.{spent.stage}": spent.seconds, f"peak_mb.{spent.stage}": spent.peak_bytes / 1e6})

    def table(self, frame: pd.DataFrame, name: str) -> None:
        """Log a frame as a table that the interface shows, `name` without ending."""
        self._mlflow.log_table(frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex)), f"{name}.json")

    def figure(self, figure: Figure, name: str) -> None:
        """Log a figure as a picture, `name` without ending."""
        self._mlflow.log_figure(figure, f"plots/{name}.png")

    def json(self, content: Any, name: str) -> None:
        """Log what JSON can hold, `name` without ending."""
        self._mlflow.log_dict(content, f"{name}.json")

    def artifact(self, path: Path) -> None:
        """Log a file."""
        self._mlflow.log_artifact(str(path))


@contextmanager
def run(
    name: str,
    tags: Mapping[str, Any],
    *,
    run_id: str | None = None,
    parent: str | None = None,
    began: float | None = None,
) -> Iterator[Run]:
    """A run called `name`, or the run `run_id` again, that ends with the block; as `started`."""
    opened = started(name, tags, run_id=run_id, parent=parent, began=began)
    try:
        yield opened
    except BaseException:
        opened.end("FAILED")
        raise
    opened.end()


def started(
    name: str,
    tags: Mapping[str, Any],
    *,
    run_id: str | None = None,
    parent: str | None = None,
    began: float | None = None,
) -> Run:
    """Open a run called `name`, or the run `run_id` again; the git commit is added to `tags`. The caller must end it.

    Inside an open run it becomes a child of that, else of the ended run `parent`, if this store has it. `began` is when
    its work began, in seconds since 1970; without it that is now.
    """
    mlflow = set_up()
    inside = mlflow.active_run() is not None
    above = {PARENT: parent} if parent and not inside and _is_here(mlflow, parent) else {}
    if began is not None:
        experiment = mlflow.get_experiment_by_name(EXPERIMENT).experiment_id
        run_id = client().create_run(experiment, int(1_000 * began), above, name).info.run_id
    active = mlflow.start_run(run_id, run_name=name, nested=inside, tags=above or None)
    opened = Run(mlflow, active.info.run_id)
    opened.tags({"git_commit": git_commit(), **tags})
    return opened


def _is_here(mlflow: Any, run_id: str) -> bool:
    try:
        mlflow.MlflowClient().get_run(run_id)
    except mlflow.exceptions.MlflowException:
        return False
    return True


def newest(tag: str, value: str) -> str | None:
    """Id of the newest run with a tag of that value; None without one."""
    mlflow = set_up()
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    runs = mlflow.MlflowClient().search_runs([experiment.experiment_id], f"tags.{tag} = '{value}'", max_results=1)
    return str(runs[0].info.run_id) if runs else None


def tag(run_id: str, tags: Mapping[str, Any]) -> None:
    """Set tags of a run that has ended."""
    of = client()
    for key, value in tags.items():
        of.set_tag(run_id, key, str(value))


def artifact(run_id: str, name: str, folder: Path) -> Path:
    """Download the file `name` of a run into `folder`; an `InputError` where that fails."""
    mlflow = set_up()
    try:
        return Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=str(folder)))
    except (mlflow.exceptions.MlflowException, OSError) as error:
        raise InputError(f"{name} of MLflow run {run_id} can't be read in {tracking_uri()}: train again") from error


def _flat(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder for files before they are logged."""
    return tempfile.TemporaryDirectory(prefix="bankrec-")
