"""A simulated bank of 4,000 customers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bankrec.simulator.simulate import simulate


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bank")
    simulate(4_000, 7, place / "bank.csv", place / "truth.parquet")
    return place


@pytest.fixture(scope="session")
def raw(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "bank.csv", dtype=str, keep_default_na=False)
