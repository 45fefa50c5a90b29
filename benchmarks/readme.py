"""The tables of results in README.md, made from the CSV files in `benchmarks/results`.

`python -m benchmarks.readme` puts them between the two marks of the README; a test checks that they are up to date.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from benchmarks.baselines import OURS, REFERENCE
from benchmarks.demo_bank import ACQUISITIONS, BY_K, METHODS, RESULTS, ROOT
from benchmarks.quality import OF_MAXIMUM, ORACLE

README = ROOT / "README.md"
BEGIN, END = "<!-- results: python -m benchmarks.readme -->", "<!-- end of results -->"
ORDER = (
    "popularity of holdings",
    "popularity of acquisitions",
    "popularity by segment and age",
    "ALS",
    REFERENCE,
    OURS,
    ORACLE,
)
NOTHING = "–"  # in the cell of what was not measured, or is not known


def results(methods: pd.DataFrame, quality: pd.DataFrame) -> str:
    """A row per method: share of the maximum on the bank of `make run`, on the large simulated banks, on real rows.

    The best of each column, the oracle apart, is bold; what was not measured, or is not known, is a dash. `methods` as
    `benchmarks.demo_bank` writes it, `quality` as `benchmarks.quality` does.
    """
    quality = quality[quality["measure"] == OF_MAXIMUM]
    banks, named = quality["bank"], {"share of maximum": "value"}
    large = quality[banks.str.startswith("simulated, ")].groupby("method")[["value"]].mean()
    real = quality[~banks.str.startswith("simulated")]
    columns = [_column(table) for table in (methods.rename(columns=named), large.reset_index(), real)]
    head = ["method", "`make run`", "simulated, 100,000 customers", "real sample"]
    return _table(head, ([name, *(column[name] for column in columns)] for name in ORDER))


def by_k(table: pd.DataFrame) -> str:
    """Our model's precision, recall, coverage and novelty at each k; `table` as `benchmarks.demo_bank` writes it."""
    ours = table[table["hits"] == ACQUISITIONS]
    names = {"precision": ".4f", "recall": ".3f", "coverage": ".3f", "novelty, bits": ".2f"}
    head = ["our model, `make run`", *(f"k = {k}" for k in ours["k"])]
    return _table(head, ([name, *(format(value, digits) for value in ours[name])] for name, digits in names.items()))


def section() -> str:
    """The text between the marks."""
    methods, places, quality = (_read(name) for name in (METHODS, BY_K, "quality.csv"))
    return f"{BEGIN}\n\n{results(methods, quality)}\n\n{by_k(places)}\n\n{END}"


def written(readme: str) -> str:
    """The text of the README with the current tables."""
    before, rest = readme.split(BEGIN)
    return before + section() + rest.split(END)[1]


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(RESULTS / name, comment="#")


def _column(table: pd.DataFrame) -> dict[str, str]:
    """The cell of each method: `table` has columns method and value, and low and high where intervals are known."""
    rows = table.set_index("method").reindex(list(ORDER))
    best = rows["value"].drop(ORACLE).idxmax()
    cells = {name: NOTHING if pd.isna(row["value"]) else _interval(row) for name, row in rows.iterrows()}
    return cells | {best: f"**{cells[best]}**"}


def _interval(row: pd.Series) -> str:
    value = f"{row['value']:.3f}"
    return f"{value} [{row['low']:.3f}, {row['high']:.3f}]" if "low" in row else value


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write the tables into the README."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--readme", type=Path, default=README, help="the file to change (README.md)")
    path = parser.parse_args().readme
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
