"""Models that the benchmarks keep are fitted again when the code, the configuration or the history changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from bankrec.history import History
from benchmarks import banks, kept


def of_other_age(history: History) -> History:
    place = history.profile.column_names.index("age")
    age = pa.array([40] * len(history), pa.int16())
    return replace(history, profile=history.profile.set_column(place, "age", age))


def a_month_later(history: History) -> History:
    return replace(history, months=tuple(month.replace(year=month.year + 1) for month in history.months))


@pytest.mark.parametrize("change", [of_other_age, a_month_later])
def test_a_model_belongs_to_words_months_and_profile(make, change: Callable[[History], History]) -> None:
    history = make(20, 3)
    assert kept.fingerprint(history, "a") == kept.fingerprint(make(20, 3), "a") != kept.fingerprint(history, "b")
    assert kept.fingerprint(history) != kept.fingerprint(change(history))


def test_a_bank_belongs_to_the_code_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def simulate(_: int, seed: int, *files: Path) -> None:
        made.append(seed)
        raise InterruptedError  # the rest of the work is not looked at here

    monkeypatch.setattr(banks, "simulate", simulate)
    for version in ("one", "another"):
        monkeypatch.setattr(banks, "code_version", lambda version=version: version)
        with pytest.raises(InterruptedError):
            banks.simulated(1000, 1, tmp_path)
        (tmp_path / f"bank_1000_1_{version}_histories.parquet").touch()
    assert made == [1, 1]
