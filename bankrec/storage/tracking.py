"""The only MLflow calls: runs of the experiment `Bank_recommendations`, models, the champion of each bank.

`MLFLOW_TRACKING_URI` is honoured; without it runs go to the SQLite file that `run_mlflow_server.sh`
shows, so that no server is needed to log.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bankrec.errors import InputError
from bankrec.storage.model_folder import CHAMPION as CHAMPION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENT = "Bank_recommendations"
ROOT = Path(__file__).resolve().parents[2]
# Folders in the files of a version: the published model, and the same one month back. Registries have these names.
PUBLISHED, BACKTESTED = "model", "twin"
DATABASE, ARTIFACTS, PORT = "mlflow.db", "mlartifacts", 5000  # run_mlflow_server.sh reads them here


def tracking_uri() -> str:
    """Where runs are logged: the environment's choice, or the SQLite file at the root."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{ROOT / DATABASE}"


def _mlflow() -> Any:
    """MLflow, set up: imported here because it takes two seconds that other commands need not wait for."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(tracking_uri())
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        local = tracking_uri() == f"sqlite:///{ROOT / DATABASE}"
        mlflow.create_experiment(EXPERIMENT, (ROOT / ARTIFACTS).as_uri() if local else None)
    mlflow.set_experiment(EXPERIMENT)
    return mlflow


def git_commit() -> str:
    """Commit of the code that runs, or `unknown` outside a checkout."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"


class Run:
    """One MLflow run that is open for writing."""

    def __init__(self, mlflow: Any, run_id: str) -> None:
        self._mlflow, self.id = mlflow, run_id

    def tags(self, tags: dict[str, Any]) -> None:
        """Set tags."""
        self._mlflow.set_tags({key: str(value) for key, value in tags.items()})

    def parameters(self, parameters: dict[str, Any]) -> None:
        """Log parameters, nested ones under names with dots."""
        self._mlflow.log_params(dict(_flat(parameters)))

    def metrics(self, metrics: dict[str, Any]) -> None:
        """Log the numbers among `metrics`; nested ones under names with dots."""
        numbers = {key: float(value) for key, value in _flat(metrics) if _is_number(value)}
        self._mlflow.log_metrics(numbers)

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

    def model(
        self,
        folder: Path,
        backtested: Path | None,
        example: pd.DataFrame,
        *,
        load: Callable[[Path], Any],
        answer: Callable[[Any, pd.DataFrame], pd.DataFrame],
        bank: str,
    ) -> str:
        """Log and register the model saved in `folder`; returns its version in the registry.

        `backtested` is the folder of the same model one month back, kept for the next comparison. `example` are
        histories (one row a customer): the signature is taken from it and from what the model answers, loaded by
        `load` and asked by `answer`. The registered name belongs to the bank: see `registered_name`.
        """
        from bankrec.storage.served_model import ServedModel

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logged = self._mlflow.pyfunc.log_model(
                name="recommender",
                python_model=ServedModel(PUBLISHED, load, answer),
                artifacts={PUBLISHED: str(folder)} | ({BACKTESTED: str(backtested)} if backtested else {}),
                signature=self._mlflow.models.infer_signature(example, answer(load(folder), example)),
                input_example=example.head(2),
                registered_model_name=registered_name(bank),
                pip_requirements=[],
                code_paths=None,
            )
        return str(logged.registered_model_version)


@contextmanager
def run(name: str, tags: dict[str, Any], run_id: str | None = None) -> Iterator[Run]:
    """Open a run called `name`, or the run `run_id` again; the git commit is added to `tags`.

    Inside another one it becomes a part of that.
    """
    mlflow = _mlflow()
    with mlflow.start_run(run_id, run_name=name, nested=mlflow.active_run() is not None) as active:
        opened = Run(mlflow, active.info.run_id)
        opened.tags({"git_commit": git_commit(), **tags})
        yield opened


def registered_name(bank: str) -> str:
    """Name in the registry of the models of one bank."""
    return "recommender-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", bank).strip("-")


@dataclass(frozen=True)
class Champion:
    """A registered version, downloaded: folders of its model and, where months were enough, of the backtested one."""

    version: str
    run_id: str
    published: Path
    backtested: Path


def champion(bank: str, folder: Path) -> Champion:
    """Download the champion of a bank into `folder`; without one an `InputError` that lists the champions there are."""
    mlflow = _mlflow()
    name, client = registered_name(bank), mlflow.MlflowClient()
    try:
        version = client.get_model_version_by_alias(name, CHAMPION)
    except mlflow.exceptions.MlflowException as error:
        there = sorted(model.name for model in client.search_registered_models() if CHAMPION in model.aliases)
        raise InputError(
            f"no champion is registered as {name} in {tracking_uri()} "
            f"(registered: {', '.join(there) or 'none'}): train first"
        ) from error
    path = mlflow.artifacts.download_artifacts(f"models:/{name}/{version.version}", dst_path=str(folder))
    files = Path(path) / "artifacts"
    return Champion(str(version.version), str(version.run_id), files / PUBLISHED, files / BACKTESTED)


def artifact(run_id: str, name: str, folder: Path) -> Path:
    """Download the file `name` of a run into `folder`; an `InputError` where it can't be had."""
    mlflow = _mlflow()
    try:
        return Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=str(folder)))
    except (mlflow.exceptions.MlflowException, OSError) as error:
        raise InputError(f"{name} of MLflow run {run_id} can't be read in {tracking_uri()}: train again") from error


def crown(bank: str, version: str) -> None:
    """Make a version the champion of its bank."""
    client = _mlflow().MlflowClient()
    client.set_registered_model_alias(registered_name(bank), CHAMPION, version)


def _flat(nested: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for what is on its way to MLflow."""
    return tempfile.TemporaryDirectory(prefix="bankrec-")
