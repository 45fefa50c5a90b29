"""Tables of measurements as CSV, under lines of comment: the command, then the commit and what was measured.

`--output benchmarks/results/NAME.csv` of a benchmark writes its table so; `pd.read_csv(path, comment="#")` reads it.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bankrec.storage.tracking import git_commit


def command(module: str, arguments: Sequence[str]) -> str:
    """The command to repeat a measurement: without `--output`, and with FOLDER for an absolute path."""
    output = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    output.add_argument("--output")
    _, words = output.parse_known_args(arguments)
    return shlex.join(["python", "-m", module, *("FOLDER" if Path(word).is_absolute() else word for word in words)])


def save(path: Path, table: pd.DataFrame, module: str, data: str) -> None:
    """Write `table` without its index; `module` is the benchmark that measured it, `data` names the data."""
    head = f"# {command(module, sys.argv[1:])}\n# commit {git_commit()}; {data}\n"
    path.write_text(head + table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
