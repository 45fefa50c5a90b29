"""Tables of measurements: each can be read, and says by which command, at which commit and on what it was made."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

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
        parse("python -m benchmarks.levels --without-such-an-option", monkeypatch)


def test_every_table_is_named_by_a_document_and_every_name_is_a_table() -> None:
    named = {name for document in DOCUMENTS for name in re.findall(r"results/(\w+\.csv)", document.read_text("utf-8"))}
    assert named == {path.name for path in FILES}
