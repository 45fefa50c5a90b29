import gc
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a simulated bank of 2,000 customers: `raw.csv` and `truth.parquet`."""
    from bankrec.simulator.simulate import simulate

    folder = tmp_path_factory.mktemp("bank")
    simulate(2_000, 5, folder / "raw.csv", folder / "truth.parquet", progress=False)
    return folder


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
