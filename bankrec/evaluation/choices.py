"""Every number of the configuration, and its source: a benchmark, a convention, or by hand."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass

import pandas as pd

from bankrec.config import Config

BENCHMARK = re.compile(r"benchmarks\.(\w+)")
_FIELD = re.compile(r"^    (\w+): .+?  # (.+)$", re.M)


def choices(config: Config, part: str | None = None) -> pd.DataFrame:
    """A row a number of `config`: its value, what it is, and which benchmark chose it, blank where none did.

    `part` names one of its parts, as `ranker`. What it is stands beside it in `bankrec/config.py`.
    """
    rows = {}
    for name, value in vars(config).items():
        if not is_dataclass(value):
            continue
        notes = dict(_FIELD.findall(inspect.getsource(type(value))))
        for field in fields(value):
            note = notes.get(field.name, "")
            measured = BENCHMARK.findall(note)
            rows[f"{name}.{field.name}"] = {
                "value": getattr(value, field.name),
                "what it is": note,
                "chosen by": ", ".join(f"benchmarks.{one}" for one in dict.fromkeys(measured)),
            }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
    return table if part is None else table[table.index.str.startswith(f"{part}.")]


def searched(config: Config) -> pd.DataFrame:
    """The numbers that a benchmark chose."""
    table = choices(config)
    return table[table["chosen by"] != ""]
