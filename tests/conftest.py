"""Fixtures of more than one room. Heavy packages are imported when asked for: the service's tests have none."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from bankrec.config import Config
    from bankrec.history import History

os.environ["TQDM_DISABLE"] = "1"  # read when tqdm is imported; processes that tests start have it too

# A machine that is busy with other work is slow: that is no error of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
collect_ignore = ["evaluation/data"]  # a script that needs RecTools


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a simulated bank of 2,000 customers: `raw.csv` and `truth.parquet`."""
    from bankrec.simulator.simulate import simulate

    folder = tmp_path_factory.mktemp("bank")
    simulate(2_000, 5, folder / "raw.csv", folder / "truth.parquet")
    return folder


@pytest.fixture(scope="session")
def config() -> Config:
    """A configuration small enough for tests."""
    from tests.histories import SMALL

    return SMALL


@pytest.fixture(scope="session")
def make() -> Callable[..., History]:
    """Random histories: `make(n, months, seed)`."""
    from tests.histories import history, random_words

    return lambda n=400, count=6, seed=0: history(random_words(n, count, seed), seed)


@pytest.fixture(scope="session")
def history_of() -> Callable[..., History]:
    """Histories with given words and a random profile: `history_of(words, seed)`."""
    from tests.histories import history

    return history


@pytest.fixture(autouse=True)
def own_mlflow(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of tests go to a database of their own."""
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{base / 'mlflow.db'}")


@pytest.fixture(scope="session", autouse=True)
def nothing_frozen_at_exit() -> Iterator[None]:
    """The service freezes what is in memory (`gc.freeze`): at exit, DuckDB would report itself as leaked."""
    yield
    gc.unfreeze()
