"""The search behind the configuration: it starts from it, and goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import optuna
import pytest

from bankrec.config import Config
from bankrec.storage import tracking
from benchmarks import known_months, search
from benchmarks.banks import Bank


def test_the_first_trial_is_the_configuration_as_it_is() -> None:
    trial = optuna.trial.FixedTrial(search.as_it_is(Config()))
    assert search.suggested(trial, Config()) == Config()


def test_a_search_goes_on_in_its_own_run(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fitted here: a trial is worth less the further its ALS decay is from 0.9."""

    def evaluate(bank: Bank, config: Config, seconds: float) -> known_months.MonthResult:
        return known_months.MonthResult(bank.name, np.array([1.0 - abs(config.als.decay - 0.9)]), seconds)

    monkeypatch.setattr(known_months, "fitted", lambda bank, config: (config, 0.0))
    monkeypatch.setattr(known_months, "evaluate", evaluate)
    banks = [Bank("one", make(10, 2), np.arange(10), np.zeros(10, np.uint64))]
    search.search(banks, 2, tmp_path, Config())
    study = search.search(banks, 5, tmp_path, Config())
    assert len(study.trials) == 5 and study.trials[0].params == search.as_it_is(Config())
    assert study.trials[1].params["als.decay"] != study.trials[3].params["als.decay"]
    runs = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], filter_string="tags.search != ''")
    whole = runs[runs["tags.mlflow.runName"] == "search"]
    trials = runs[runs["tags.mlflow.parentRunId"] == whole["run_id"].iloc[0]]
    assert len(whole) == 1 and len(trials) == 5
    assert whole["metrics.of_maximum"].iloc[0] == pytest.approx(study.best_value)
