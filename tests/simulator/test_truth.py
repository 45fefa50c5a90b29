"""The truth of a simulated month."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bankrec.santander.columns import N_PRODUCTS
from bankrec.simulator.simulate import REDRAWS, simulate


@pytest.fixture(scope="module")
def truth(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth.parquet")


def test_the_truth_is_the_month_after_the_last_one(tmp_path: Path) -> None:
    for n in (6, 7):
        simulate(1_000, 5, tmp_path / f"{n}.csv", tmp_path / f"{n}.pq", months=n)
    truth = pd.read_parquet(tmp_path / "6.pq")
    seven = pd.read_csv(tmp_path / "7.csv", dtype=str, keep_default_na=False)
    july = seven[seven.fecha_dato == "2015-07-28"].assign(ncodpers=lambda rows: rows.ncodpers.astype(int))
    july = july[july.ind_nomina_ult1 != "NA"].set_index("ncodpers")
    after = truth[truth.added & truth.ncodpers.isin(july.index)]
    assert len(after) > 10
    assert all(july.loc[row.ncodpers, row.product].strip() == "1" for row in after.itertuples())


def test_truth_has_a_row_per_customer_and_product_and_fits_what_comes(truth: pd.DataFrame) -> None:
    assert list(truth.columns) == ["ncodpers", "product", "held", "p_add", "added", "redraws"]
    assert len(truth) % N_PRODUCTS == 0
    assert truth.p_add.between(0, 1).all()
    held = truth[truth.held]
    assert not held.added.any() and (held.p_add == 0).all() and (held.redraws == 0).all()
    bits = np.unpackbits(truth.redraws.to_numpy()[:, None], axis=1)
    draws = np.append(bits.sum(axis=0), truth.added.sum())
    expected, spread = truth.p_add.sum(), np.sqrt((truth.p_add * (1 - truth.p_add)).sum() * 2)
    assert len(draws) == REDRAWS + 1
    assert np.abs(draws - expected).max() < 5 * spread, (draws, expected)
    assert len(set(draws)) > 1
