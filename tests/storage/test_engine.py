"""The relational engines: the error where one is not installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bankrec.cli import main
from bankrec.errors import InputError
from bankrec.storage.engine import connect


def test_spark_without_pyspark_says_what_to_install(
    small_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)  # what an import finds that is not installed
    command = ["preprocess", "--input", str(small_bank / "raw.csv"), "--output", str(tmp_path / "clean")]
    assert main([*command, "--engine", "spark"]) == 2
    assert "needs pyspark: pip install '.[spark]'" in capsys.readouterr().err


def test_an_engine_of_another_name_is_refused() -> None:
    with pytest.raises(InputError, match="not one of duckdb, spark"), connect("sqlite"):
        pass
