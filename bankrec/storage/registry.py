"""The registry of MLflow: the models of each bank, and its champion (the best version so far).

A version holds its files, the code of this package and the exact versions of the packages that it needs, so that
`mlflow.pyfunc.load_model` works in an environment that has those and nothing else.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from bankrec.errors import InputError
from bankrec.storage.checkpoints import PACKAGE
from bankrec.storage.model_folder import CHAMPION as CHAMPION
from bankrec.storage.tracking import client, set_up, tracking_uri

# Folders of a version: the published model, and the backtest model of one month earlier. Registries use these names.
PUBLISHED, BACKTEST = "model", "backtest_model"
ANY = "any"  # kind of a column that `answer` checks itself, since MLflow would refuse whole numbers stored as floats


@dataclass(frozen=True)
class Servable:
    """How a model is loaded and used outside of this repository.

    `load` reads the folder of a saved model; `answer` takes its result and a frame. `example` is such a frame,
    `columns` its columns: name, type (`long`, `string` or `any`), whether it is required. `packages`
    are the distributions that both functions import; `description` is shown in the registry, in Markdown.
    """

    load: Callable[[Path], Any]
    answer: Callable[[Any, pd.DataFrame], pd.DataFrame]
    example: pd.DataFrame
    columns: Sequence[tuple[str, str, bool]]
    packages: Sequence[str]
    description: str


@dataclass(frozen=True)
class Champion:
    """A registered version, downloaded: folders of its model and, if it had enough months, of its backtest model."""

    version: str
    run_id: str
    published: Path
    backtested: Path


def registered_name(bank: str) -> str:
    """Name in the registry of the models of one bank."""
    return "recommender-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", bank).strip("-")


def register(folder: Path, backtested: Path | None, servable: Servable, bank: str) -> str:
    """Log the model saved in `folder` to the open run and register it; returns its version in the registry.

    `backtested` is the folder of the backtest model, fitted one month earlier and kept for the next comparison. The
    registered name belongs to the bank: see `registered_name`.
    """
    from bankrec.storage.served_model import ServedModel

    mlflow = set_up()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logged = mlflow.pyfunc.log_model(
            name="recommender",
            python_model=ServedModel(PUBLISHED, servable.load, servable.answer),
            artifacts={PUBLISHED: str(folder)} | ({BACKTEST: str(backtested)} if backtested else {}),
            signature=_signature(servable, folder),
            input_example=servable.example,
            registered_model_name=registered_name(bank),
            pip_requirements=requirements(servable.packages),
            code_paths=[str(PACKAGE)],
        )
    registered = client()
    registered.update_registered_model(registered_name(bank), servable.description)
    registered.update_model_version(registered_name(bank), logged.registered_model_version, servable.description)
    return str(logged.registered_model_version)


def requirements(packages: Sequence[str]) -> list[str]:
    """MLflow and `packages` in the versions that are installed here, as lines for pip."""
    return [f"{name}=={version(name.partition('[')[0])}" for name in ("mlflow", *packages)]


def _signature(servable: Servable, folder: Path) -> Any:
    """Names and types of the input columns; those of the output are inferred from the answer to the example."""
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    answered = servable.answer(servable.load(folder), servable.example)
    asked = [
        ColSpec(AnyType() if kind == ANY else kind, name, required=needed) for name, kind, needed in servable.columns
    ]
    return ModelSignature(inputs=Schema(asked), outputs=infer_signature(answered).inputs)


def champion(bank: str, folder: Path) -> Champion:
    """Download the champion of a bank into `folder`; without one an `InputError` lists the existing champions."""
    mlflow = set_up()
    name, registered = registered_name(bank), client()
    try:
        version = registered.get_model_version_by_alias(name, CHAMPION)
    except mlflow.exceptions.MlflowException as error:
        champions = sorted(model.name for model in registered.search_registered_models() if CHAMPION in model.aliases)
        raise InputError(
            f"no champion is registered as {name} in {tracking_uri()} "
            f"(registered: {', '.join(champions) or 'none'}): train first"
        ) from error
    path = mlflow.artifacts.download_artifacts(f"models:/{name}/{version.version}", dst_path=str(folder))
    files = Path(path) / "artifacts"
    return Champion(str(version.version), str(version.run_id), files / PUBLISHED, files / BACKTEST)


def crown(bank: str, number: str) -> None:
    """Make a version the champion of its bank."""
    client().set_registered_model_alias(registered_name(bank), CHAMPION, number)
