"""Tables of measurements that the repository keeps in `benchmarks/results`, with their origin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Recorded:
    """A `table`, the `command` that measured it, and `about`: the commit and the data."""

    table: pd.DataFrame
    command: str
    about: str

    def in_markdown(self) -> str:
        """The origin of the table, in Markdown."""
        return f"Measured by `{self.command}`: {self.about}."


def recorded(folder: Path, name: str) -> Recorded | None:
    """The table `name` of `folder`; None where there is none, such as outside the repository."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        return None
    lines = [line.removeprefix("# ") for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    command, about = (*lines, "", "")[:2]
    return Recorded(pd.read_csv(path, comment="#"), command, about)
