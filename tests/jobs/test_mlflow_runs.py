"""What MLflow keeps: names, true durations, data, stages, curves, methods and publishing below their training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from bankrec.config import Config
from bankrec.jobs.comparison import compare_methods
from bankrec.jobs.publish import publish_from
from bankrec.jobs.terms import Terms
from bankrec.jobs.train import train_on
from bankrec.publishing import sets
from bankrec.storage import tracking
from bankrec.storage.checkpoints import Spent
from tests.other_bank import other_history


@pytest.fixture(scope="module")
def runs(config: Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Runs by name after a training, its comparison and a publishing; the table of the comparison; the folder."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)
        history = other_history(500, 6)
        before = [Spent("histories", 2.5, 1_000_000)]
        learned = train_on(history, folder / "models", "other data", config=config, earlier=before)
        table = compare_methods(history, learned, config)
        publish_from(folder / "recs", [history], learned.explainer, learned.metrics.headline(), Terms(force=True))
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name(tracking.EXPERIMENT)
        by_name = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
        curves = {
            name: [(point.step, point.value) for point in client.get_metric_history(by_name[run].info.run_id, name)]
            for run, name in (
                ("train · other 2015-06", "ranker_logloss_by_tree"),
                ("CatBoost on pairs · other 2015-06", "map_at_7_of_maximum_by_trees"),
                ("our model · other 2015-06", "recall_by_k"),
            )
        }
    return {"runs": by_name, "table": table, "folder": folder, "curves": curves, "config": config}


def test_methods_and_publishing_are_below_the_training(runs: dict[str, Any]) -> None:
    by_name, table = runs["runs"], runs["table"]
    training = by_name["train · other 2015-06"]
    assert set(by_name) == {"train · other 2015-06", "publish · other 2015-06"} | {
        f"{method} · other 2015-06" for method in table.index
    }
    for name, run in by_name.items():
        if run is not training:
            assert run.data.tags[tracking.PARENT] == training.info.run_id, name
        assert run.info.status == "FINISHED" and run.data.tags["bank"] == "other"
    ours = by_name["our model · other 2015-06"].data
    assert ours.metrics["map_at_7"] == pytest.approx(training.data.metrics["map_at_7"])
    assert ours.params["method"] == "our model"
    assert isinstance(table, pd.DataFrame) and ours.metrics["recall_at_1"] == table.loc["our model", "recall_at_1"]


def test_a_training_says_what_it_took_and_what_it_used(runs: dict[str, Any]) -> None:
    training = runs["runs"]["train · other 2015-06"]
    metrics = training.data.metrics
    assert metrics["seconds.histories"] == 2.5 and metrics["peak_mb.histories"] == 1.0
    stages = {"backtest", "evaluate", "fit", "reasons", "record"}
    assert all(metrics[f"seconds.{stage}"] >= 0 and metrics[f"peak_mb.{stage}"] > 0 for stage in stages)
    lasted = (training.info.end_time - training.info.start_time) / 1000
    assert lasted >= sum(metrics[f"seconds.{stage}"] for stage in stages) - 0.5
    data = training.inputs.dataset_inputs[0].dataset
    assert (data.name, data.digest) == ("other data", training.data.tags["data_hash"])
    assert '"customers": 500' in data.profile and "month_end" in data.schema
    note = training.data.tags["mlflow.note.content"]
    assert note.startswith("# Model card") and "## Model details" in note and "## Intended use" not in note


def test_metrics_of_places_name_them(runs: dict[str, Any]) -> None:
    metrics = runs["runs"]["train · other 2015-06"].data.metrics
    assert {"coverage_at_5", "novelty_at_5", "exposure_gini_at_5"} <= set(metrics)
    assert not {"coverage", "novelty", "exposure_gini"} & set(metrics)


def test_curves_have_steps(runs: dict[str, Any]) -> None:
    curves, trees = runs["curves"], runs["config"].ranker.trees
    loss = curves["ranker_logloss_by_tree"]
    assert [step for step, _ in loss] == list(range(1, trees + 1)) and loss[-1][1] < loss[0][1]
    assert [step for step, _ in curves["map_at_7_of_maximum_by_trees"]] == [25, trees]
    recall = [value for _, value in curves["recall_by_k"]]
    assert len(recall) == 7 and recall == sorted(recall)


def test_a_publishing_records_its_set_and_the_result_of_the_gate(runs: dict[str, Any]) -> None:
    run, folder = runs["runs"]["publish · other 2015-06"], sets.current(runs["folder"] / "recs")
    assert folder is not None
    manifest = sets.read_manifest(folder)
    assert run.data.tags["set_id"] == manifest["set_id"] == folder.name
    assert run.data.tags["gate"].startswith(("passed", "forced: "))
    assert run.data.tags["training_run"] == manifest["run_id"]
    assert run.data.metrics["customers"] == manifest["counts"]["customers"]


def test_a_set_is_published_though_mlflow_can_not_be_written(
    runs: dict[str, Any], tmp_path: Path, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    history = other_history(300, 6)
    learned = train_on(history, tmp_path / "models", "other data", config=config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'no folder' / 'mlflow.db'}")
        (tmp_path / "no folder").write_text("a file")
        publish_from(tmp_path / "recs", [history], learned.explainer, learned.metrics.headline(), Terms(force=True))
    assert sets.current(tmp_path / "recs") is not None
    assert "caution: MLflow at sqlite:///" in capsys.readouterr().err
