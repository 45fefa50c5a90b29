"""The files in a folder of models, and the name of the data they were trained on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from bankrec.errors import InputError, in_one_line
from bankrec.results import Headline

MODEL, METRICS, CARD = "model", "metrics.json", "model_card.md"
CHAMPION = "champion"  # given in place of a folder: the best model for the data in MLflow's registry
ABOUT = "recommender.json"


def data_name(path: Path, name: str | None = None) -> str:
    """Name of the data in reports: `name`, else the one in `source.json`, else the end of the path."""
    if name:
        return name
    for folder in (path.parent, path.parent / "raw"):
        source = folder / "source.json"
        if source.is_file():
            return str(json.loads(source.read_text(encoding="utf-8"))["name"])
    return "/".join(path.resolve().parts[-2:])


def read_headline(models: Path) -> Headline:
    """The headline of `metrics.json` in a folder of models, with the model card.

    In a file of an earlier version some entries may be missing, and so may the card.
    """
    path = models / METRICS
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{models} is not a folder of `train`: {METRICS} can't be read ({error})") from error
    if not isinstance(metrics, dict):
        raise InputError(f"{path} is damaged, it has no metrics by name: train again")
    try:
        return replace(Headline.of(metrics), card=_card(models / CARD))
    except ValueError as error:
        raise InputError(f"{path} is damaged: {in_one_line(error)}; train again") from error


def check_same_months(as_of: date, data: Path, last: date) -> None:
    """An `InputError` if a model as of `as_of` can't rank the customers of `data`, whose last month is `last`.

    A model is for the month after its as-of: its forecast, its season and its calibration are of that month.
    """
    if as_of != last:
        remedy = "give the same months" if as_of > last else "train again"
        raise InputError(f"the model was trained up to {as_of:%Y-%m}, but {data} ends with {last:%Y-%m}: {remedy}")


def _card(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
