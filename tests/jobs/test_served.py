"""The registered model, asked as a bank's engineer would: by clean snapshots, also where this repository is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

from bankrec.cleaning.snapshot_frame import frame_of, optional_columns
from bankrec.config import Config
from bankrec.history import History
from bankrec.jobs.train import Learned, train_on
from bankrec.model.scoring import recommend_all
from bankrec.publishing.set_tables import list_table
from bankrec.storage import registry
from tests.other_bank import other_history

ASKED = """
import sys
import mlflow.pyfunc, pandas as pd

model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pd.read_parquet(sys.argv[2])).to_parquet(sys.argv[3])
import bankrec
print(bankrec.__file__)
"""


@pytest.fixture(scope="module")
def trained(config: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Learned, str]:
    """A bank with its own columns, its model, and where MLflow keeps it."""
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)
        history = other_history(500, 6)
        learned = train_on(history, folder / "models", "other", config=config)
        return history, learned, mlflow.artifacts.download_artifacts("models:/recommender-other@champion")


def expected(history: History, learned: Learned) -> pd.DataFrame:
    lists: pd.DataFrame = list_table(
        recommend_all(history, learned.explainer.recommender), history.bank.ids
    ).to_pandas()
    return lists.astype({"item_id": str, "rank": np.int64})


def test_the_model_answers_clean_snapshots_as_the_pipeline_does(trained: tuple[History, Learned, str]) -> None:
    history, learned, folder = trained
    model = mlflow.pyfunc.load_model(folder)
    pd.testing.assert_frame_equal(model.predict(frame_of(history)), expected(history, learned), check_dtype=False)
    some = history.take(np.arange(20))
    pd.testing.assert_frame_equal(model.predict(frame_of(some)), expected(some, learned), check_dtype=False)


def test_the_signature_names_the_banks_columns_and_no_month(trained: tuple[History, Learned, str]) -> None:
    history, _, folder = trained
    model = mlflow.pyfunc.load_model(folder)
    names = model.metadata.get_input_schema().input_names()
    assert names == ["client", "month_end", *history.bank.ids, "plan", "balance", "online", "branch"]
    assert not any("20" in name for name in names)
    assert model.metadata.get_output_schema().input_names() == ["user_id", "item_id", "rank", "score"]
    example = model.input_example
    assert set(example["client"]) == {1, 2, 3}, "numbers of no customer"
    assert len(model.predict(example))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: f.drop(columns="plan"), r"Model is missing inputs \['plan'\]"),
        (lambda f: f.assign(card="yes"), "column card .a product. must be an integer.*expected: clean"),
        (
            lambda f: f[f["month_end"] < f["month_end"].max()],
            "the last month is 2015-05-28, but the as-of month of the model is 2015-06-28",
        ),
        (lambda f: f[["client"]], "Model is missing inputs"),
    ],
)
def test_other_input_is_answered_with_what_is_expected(
    trained: tuple[History, Learned, str], harm: Any, message: str
) -> None:
    history, _, folder = trained
    with pytest.raises(Exception, match=message):
        mlflow.pyfunc.load_model(folder).predict(harm(frame_of(history)))


def test_the_registry_says_how_to_ask(trained: tuple[History, Learned, str]) -> None:
    history, _, folder = trained
    assert not optional_columns(history.bank)
    requirements = (Path(folder) / "requirements.txt").read_text().split()
    assert all("==" in line for line in requirements) and any(line.startswith("catboost==") for line in requirements)
    assert (Path(folder) / "code" / "bankrec" / "jobs" / "served.py").is_file()


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_the_model_predicts_outside_of_the_repository(trained: tuple[History, Learned, str], tmp_path: Path) -> None:
    """A fresh environment with the model's own requirements alone, in an empty folder."""
    history, learned, folder = trained
    uv, python = Path(sys.executable).with_name("uv"), tmp_path / "venv" / "bin" / "python"
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv"],
        [uv, "pip", "install", "--quiet", "--python", python, "-r", Path(folder) / "requirements.txt"],
    ):
        subprocess.run(command, check=True, env=clean, cwd=tmp_path)
    frame_of(history).to_parquet(tmp_path / "snapshots.parquet")
    command = [python, "-c", ASKED, folder, "snapshots.parquet", "lists.parquet"]
    done = subprocess.run(command, env=clean, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(folder)), "the code is the model's own"
    answered = pd.read_parquet(tmp_path / "lists.parquet")
    pd.testing.assert_frame_equal(answered, expected(history, learned), check_dtype=False, rtol=0, atol=0)


def test_names_in_the_registry_are_of_the_bank(trained: tuple[History, Learned, str]) -> None:
    history, _, _ = trained
    assert registry.registered_name(history.bank.name) == "recommender-other"
