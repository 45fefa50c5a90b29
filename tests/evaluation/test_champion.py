"""The champion: scored on a month that neither model has seen, replaced only by a better model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pytest

from bankrec.bank.description import Bank
from bankrec.config import AdditiveConfig, Config, RankerConfig
from bankrec.errors import InputError
from bankrec.evaluation import champion
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.jobs.train import train_on
from bankrec.jobs.training_record import data_hash
from bankrec.model.training import fit
from bankrec.storage import registry, tracking
from tests.santander import BANK


@pytest.fixture(scope="module")
def telling(make) -> History:
    """Holders of product k add product k + 12: a model can learn it, a weak one does not."""
    rng, history = np.random.default_rng(0), make(1500, 6)
    kind = rng.integers(0, 12, 1500)
    words, held = np.empty((1500, 6), dtype=np.uint64), np.uint64(1) << kind.astype(np.uint64)
    for month in range(6):
        words[:, month] = held | PRESENT
        held = held | np.where(rng.random(1500) < 0.1, np.uint64(1) << (kind + 12).astype(np.uint64), np.uint64(0))
    return replace(history, words=words)


def named(history: History, name: str) -> History:
    """The same customers, of a bank of that name: models are registered by it."""
    return replace(history, bank=BANK.model_copy(update={"name": name}))


def weak(config: Config) -> Config:
    return replace(
        config,
        ranker=RankerConfig(trees=1, depth=1, learning_rate=0.01),
        additive=AdditiveConfig(l2=1e9),
    )


def crowned(history: History, folder: Path, config: Config) -> str:
    folder.mkdir(exist_ok=True)
    train_on(history, folder, folder.name, config=config)
    return registry.champion(history.bank.name, folder).version


@pytest.mark.slow
def test_only_a_better_model_takes_the_crown(telling, config: Config, tmp_path: Path) -> None:
    telling = named(telling, "a-bank")
    assert crowned(telling, tmp_path / "one", weak(config)) == "1"
    assert crowned(telling, tmp_path / "another", config) == "2", "data of another name, the same bank"
    assert crowned(telling, tmp_path / "one", weak(config)) == "2"
    run = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], max_results=1).iloc[0]
    assert run["tags.data_hash"] == data_hash(telling) != data_hash(telling.until(5))
    decision = run["tags.champion"]
    assert (
        decision.startswith("version 2 stays: version 3 has MAP@7") and telling.months[-1].isoformat()[:7] in decision
    )
    best = registry.champion("a-bank", tmp_path)
    assert best.published.is_dir() and best.backtested.is_dir()


@pytest.mark.slow
def test_an_older_model_is_scored_on_the_new_month(telling, config: Config, tmp_path: Path) -> None:
    """The same steps a month later: equal on the month that both can be scored on, and the later one is taken."""
    telling = named(telling, "older")
    assert crowned(telling.until(5), tmp_path, config) == "1"
    assert crowned(telling, tmp_path, config) == "2"
    assert crowned(telling, tmp_path, config) == "2", "equal and of the same month: the crown stays"


@pytest.mark.slow
def test_a_champion_that_this_code_can_not_read_is_followed(
    telling, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stored model was written by another version of the code: training continues, and states it."""
    whole, telling = registry.champion, named(telling, "another-codes")

    def harmed(bank: str, folder: Path) -> registry.Champion:
        best = whole(bank, folder)
        for path in best.published.parent.rglob("calibration.npz"):
            np.savez(path, rate=np.zeros(24))
        return best

    train_on(telling, tmp_path, "a file", config=config)
    with monkeypatch.context() as patched:
        patched.setattr(registry, "champion", harmed)
        train_on(telling, tmp_path, "a file", config=config)
    run = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], max_results=1).iloc[0]
    assert run["tags.champion"].startswith("version 2: version 1 can't be read")
    assert registry.champion("another-codes", tmp_path / "again").version == "2"


@pytest.mark.slow
def test_a_champion_of_another_description_is_followed(telling, config: Config, tmp_path: Path) -> None:
    """The bank has one product less than before: the old model has no probabilities for the same products."""
    telling = named(telling, "described-anew")
    assert crowned(telling, tmp_path, weak(config)) == "1"
    described = telling.bank.as_dict()
    fewer = Bank.model_validate(described | {"products": described["products"][:-1]})
    assert crowned(replace(telling, bank=fewer), tmp_path, weak(config)) == "2"
    run = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], max_results=1).iloc[0]
    assert run["tags.champion"].endswith(
        "version 1 can't be read (it was trained with another description of the bank)"
    )


def test_a_month_that_was_seen_is_no_test(telling, config: Config) -> None:
    with pytest.raises(InputError, match="has seen 2015-06"):
        champion.score_on_last_month(telling, fit(telling, config))
    assert champion.score_on_last_month(telling, fit(telling.until(5), config)) > 0
