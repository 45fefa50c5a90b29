"""Tables of measurements: each can be read, and states its command, its commit and its data."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks import ablation, quality, result_file

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "benchmarks" / "results").glob("*.csv"))
DOCUMENTS = [ROOT / "CHANGELOG.md", ROOT / "Monitoring.md", ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


class ParsedError(Exception):
    """The command's own parser took all its arguments."""


def parse(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module of `python -m MODULE ...` is imported and its parser takes the arguments; nothing is run."""
    python, option, name, *arguments = shlex.split(command)
    assert (python, option) == ("python", "-m")
    module = importlib.import_module("bankrec.cli" if name == "bankrec" else name)
    real = argparse.ArgumentParser.parse_args

    def parse_only(self: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> argparse.Namespace:
        real(self, args, namespace)
        raise ParsedError

    monkeypatch.setattr(sys, "argv", [name, *arguments])
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_only)
    with pytest.raises(ParsedError):
        module.main()


def head(path: Path) -> list[str]:
    """The lines of comment above the table, without their sign."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if not line.startswith("# "))
    return [line.removeprefix("# ") for line in lines[:first]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_table_is_read_and_says_where_it_comes_from(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *commands, source = head(path)
    assert commands and re.match(r"commit [0-9a-f]{7,40}; \S", source), source
    for command in commands:
        parse(command, monkeypatch)
        monkeypatch.undo()
    table = pd.read_csv(path, comment="#")
    assert len(table) and not table.isna().all(axis=None)
    assert not [name for name in table.columns if name.startswith("Unnamed")]
    assert table.select_dtypes("number").shape[1] or path.name == "soak.csv"


def test_a_wrong_command_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError):
        parse("python -m benchmarks.of_nothing", monkeypatch)
    with pytest.raises(SystemExit):
        parse("python -m benchmarks.base_rates --without-such-an-option", monkeypatch)


def test_every_table_is_named_by_a_document_and_every_name_is_a_table() -> None:
    named = {name for document in DOCUMENTS for name in re.findall(r"results/(\w+\.csv)", document.read_text("utf-8"))}
    assert named == {path.name for path in FILES}


def test_the_parts_measured_are_parts_of_the_model_of_today() -> None:
    measured = set(pd.read_csv(ROOT / "benchmarks/results/ablation.csv", comment="#")["choice"])
    assert measured == {"all of it", *ablation.CHOICES}


def test_a_benchmark_writes_its_table_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, table = tmp_path / "made.csv", pd.DataFrame({"bank": ["a, b"], "value": [0.25]})
    given = ["--real", str(tmp_path), "--output", str(path), "--seeds", "1", "2", "--only", "two words"]
    monkeypatch.setattr(sys, "argv", ["quality.py", *given])
    result_file.save(path, table, "benchmarks.quality", "two banks")
    assert head(path)[0] == "python -m benchmarks.quality --real FOLDER --seeds 1 2 --only 'two words'"
    assert re.match(r"commit \w+; two banks$", head(path)[1])
    pd.testing.assert_frame_equal(pd.read_csv(path, comment="#"), table)


def test_figures_of_quality_are_paired_and_pooled() -> None:
    added = np.array([1, 0, 2, 0], np.uint32)
    bank = SimpleNamespace(name="a bank", added=added)
    ours, reference = np.array([1.0, 0.0, 0.5, 0.0]), np.array([0.5, 0.0, 0.5, 0.0])
    table = quality.figures([(bank, {quality.OURS: ours, quality.REFERENCE: reference, quality.ORACLE: ours})])
    value = table.set_index(["bank", "method", "measure"])["value"]
    assert value["a bank", quality.OURS, quality.OF_MAXIMUM] == 0.75
    assert value["a bank", quality.OURS, quality.OF_ALL] == 0.375
    assert value["a bank", "maximum", quality.OF_ALL] == 0.5
    assert value["a bank", quality.GAIN, quality.OF_MAXIMUM] == 0.25
    assert value["simulated banks pooled", quality.GAIN, quality.OF_MAXIMUM] == 0.25
