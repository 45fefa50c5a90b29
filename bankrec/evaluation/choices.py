"""Every number of the configuration, and its source: a benchmark, a convention, or by hand."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass

import pandas as pd

from bankrec.config import Config

BENCHMARK = re.compile(r"benchmarks\.(\w+)")
_FIELD = re.compile(r"^    (\w+): .+?  # (.+)$", re.M)


def choices(config: Config) -> pd.DataFrame:
    """A row a number of `config`: its value, what it is, and which benchmark chose it, blank where none did.

    What it is stands beside it in `bankrec/config.py`.
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
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def searched(config: Config) -> pd.DataFrame:
    """The numbers that a benchmark chose."""
    table = choices(config)
    return table[table["chosen by"] != ""]
