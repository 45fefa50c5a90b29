"""The tables of the README, from tables made by hand."""

from __future__ import annotations

import pandas as pd

from benchmarks.baselines import OURS, REFERENCE
from benchmarks.quality import OF_ALL, OF_MAXIMUM, ORACLE
from benchmarks.readme import ORDER, results


def rows(table: str) -> dict[str, list[str]]:
    """The cells of each line after the head, by the first one."""
    cells = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {name: of for name, *of in cells}


def test_the_best_of_each_column_is_bold_and_what_is_missing_a_dash() -> None:
    popular = ORDER[0]
    methods = pd.DataFrame([(popular, 0.6, 0.5, 0.7), (OURS, 0.8, 0.7, 0.9)])
    methods.columns = pd.Index(["method", "share of maximum", "low", "high"])
    values = [
        ("simulated, seed 1", OURS, OF_MAXIMUM, 0.7),
        ("simulated, seed 2", OURS, OF_MAXIMUM, 0.8),
        ("simulated, seed 1", OURS, OF_ALL, 0.03),
        ("simulated, seed 1", REFERENCE, OF_MAXIMUM, 0.78),
        ("simulated, seed 1", ORACLE, OF_MAXIMUM, 0.9),
        ("simulated banks pooled", OURS, OF_MAXIMUM, 0.1),
        ("real", OURS, OF_MAXIMUM, 0.75),
        ("real", REFERENCE, OF_MAXIMUM, 0.74),
    ]
    quality = pd.DataFrame(values, columns=["bank", "method", "measure", "value"])
    quality = quality.assign(low=quality["value"] - 0.01, high=quality["value"] + 0.01)
    table = rows(results(methods, quality))
    assert list(table) == list(ORDER)
    assert table[OURS] == ["**0.800 [0.700, 0.900]**", "0.750", "**0.750 [0.740, 0.760]**"]
    assert table[REFERENCE] == ["–", "**0.780**", "0.740 [0.730, 0.750]"]
    assert table[ORACLE] == ["–", "0.900", "–"]
    assert table[popular] == ["0.600 [0.500, 0.700]", "–", "–"]
