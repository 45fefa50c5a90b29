"""A copy of the default bank with other names, columns and column order: the same lists but for the names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from, santander
from bankrec.cleaning.histories import build_histories, load_histories
from bankrec.cleaning.preprocess import preprocess
from bankrec.evaluation.backtest import backtest_last_month
from bankrec.evaluation.intervals import mean_interval
from bankrec.evaluation.metrics import average_precision
from bankrec.explain.explainer import explain
from bankrec.jobs.ranking import offer
from bankrec.model.training import fit
from bankrec.publishing.set_tables import list_table_with_reasons
from tests.histories import SMALL

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clean(small_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean snapshots of the small simulated bank."""
    path = tmp_path_factory.mktemp("clean") / "clean.parquet"
    preprocess(small_bank / "raw.csv", path)
    return path


def renamed() -> tuple[Bank, dict[str, str]]:
    """The default bank under other names, without its adapter; the new name of each column."""
    described = santander().as_dict()
    described.pop("adapter")
    new = {column: f"column_{place}" for place, column in enumerate(_columns(described))}
    for product in described["products"]:
        product["id"] = new[product["id"]]
        product["names"] = {code: f"{name} (new)" for code, name in product["names"].items()}
        if "comes_with" in product:
            product["comes_with"] = new[product["comes_with"]]
    for part in (*described["states"], *described["profile"]):
        part |= {key: new[part[key]] for key in ("column", "imputed", "months_column") if key in part}
    described |= {key: new[described[key]] for key in ("customer", "month", "holdings_unknown")}
    return bank_from(described | {"name": "renamed"}, "renamed"), new


def _columns(described: dict[str, Any]) -> list[str]:
    parts = (*described["states"], *described["profile"])
    beside = [part[key] for part in parts for key in ("column", "imputed", "months_column") if key in part]
    own = [described[key] for key in ("customer", "month", "holdings_unknown")]
    return [*own, *(product["id"] for product in described["products"]), *beside]


def lists(clean: Path, bank: Bank, folder: Path) -> pd.DataFrame:
    """The whole way from clean snapshots to ranked lists with reasons."""
    path = folder / f"{bank.name}.parquet"
    build_histories(clean, path, bank)
    history = load_histories(path, bank)
    explainer = explain(history, fit(history, SMALL))
    table: pd.DataFrame = list_table_with_reasons(offer(history, explainer), bank.ids).to_pandas()
    return table


def test_other_names_and_column_order_give_the_same_lists_but_for_the_names(clean: Path, tmp_path: Path) -> None:
    bank, new = renamed()
    table = pq.read_table(clean)
    kept = [name for name in table.column_names if name in new]
    copy = table.select(kept).rename_columns([new[name] for name in kept]).select([new[name] for name in kept[::-1]])
    pq.write_table(copy, tmp_path / "copy.parquet")
    before, after = lists(clean, santander(), tmp_path), lists(tmp_path / "copy.parquet", bank, tmp_path)
    pd.testing.assert_frame_equal(before[["user_id", "rank", "score"]], after[["user_id", "rank", "score"]])
    assert before["item_id"].astype(str).map(new).tolist() == after["item_id"].astype(str).tolist()
    reasons = [[_renamed(code, new) for code in codes] for codes in before["reasons"]]
    assert reasons == [list(codes) for codes in after["reasons"]]


def _renamed(code: str, new: dict[str, str]) -> str:
    name, colon, value = code.partition(":")
    return f"{name}{colon}{new.get(value, value)}"


def test_another_order_of_the_products_ranks_as_well(clean: Path, tmp_path: Path) -> None:
    """One permutation: of the paired difference in average precision, the interval comes within half a point of 0."""
    described = santander().as_dict()
    order = np.random.default_rng(0).permutation(santander().n)
    other = bank_from(described | {"products": [described["products"][place] for place in order]}, "another order")
    precisions = []
    for bank in (santander(), other):
        build_histories(clean, tmp_path / "histories.parquet", bank)
        month = backtest_last_month(load_histories(tmp_path / "histories.parquet", bank), SMALL)
        assert month is not None
        precisions.append(average_precision(month.ranked.items, month.added)[month.added != 0])
    gain = mean_interval(precisions[1] - precisions[0])
    assert gain.low <= 0.005 and gain.high >= -0.005, gain
