"""The simulated bank: its raw format and dirt, its repeatability, its invariants, its truth."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pandas as pd
import pytest

from bankrec.errors import InputError
from bankrec.santander.columns import PRODUCT_COLUMNS
from bankrec.simulator.simulate import simulate


def test_july_2015_brings_a_block_of_joiners_with_next_to_nothing(raw: pd.DataFrame) -> None:
    first = raw.drop_duplicates("ncodpers")
    block = first[first.fecha_dato == "2015-07-28"]
    assert 0.18 < len(block) / 4_000 < 0.24
    holds = block[list(PRODUCT_COLUMNS)].apply(lambda column: column.str.strip().eq("1")).any(axis=1)
    assert holds.mean() < 0.10


@pytest.mark.parametrize("name", ["bank.csv", "bank.csv.gz", "bank.parquet"])
def test_same_seed_same_bytes(tmp_path: Path, name: str) -> None:
    for place in ("a", "b"):
        simulate(1_000, 5, tmp_path / place / name, tmp_path / place / "truth.parquet")
    for file in (name, "truth.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    simulate(1_000, 6, tmp_path / "c" / name)
    assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "c" / name).read_bytes()


def test_fewer_months_are_the_first_of_the_same_bank(tmp_path: Path) -> None:
    made = {n: simulate(1_000, 5, tmp_path / f"{n}.csv", tmp_path / f"{n}.pq", months=n) for n in (6, 7)}
    six, seven = (pd.read_csv(tmp_path / f"{n}.csv", dtype=str, keep_default_na=False) for n in (6, 7))
    pd.testing.assert_frame_equal(six, seven.iloc[: len(six)])
    later = seven.iloc[len(six) :]
    assert (six.fecha_dato.max(), set(later.fecha_dato)) == ("2015-06-28", {"2015-07-28"})
    assert made == {6: (len(six), six.ncodpers.nunique()), 7: (len(seven), seven.ncodpers.nunique())}
    assert made[6][1] < made[7][1]


def test_the_three_formats_hold_the_same(tmp_path: Path) -> None:
    for name in ("bank.csv", "bank.csv.gz", "bank.parquet"):
        simulate(1_000, 5, tmp_path / name)
    plain = (tmp_path / "bank.csv").read_bytes()
    assert gzip.decompress((tmp_path / "bank.csv.gz").read_bytes()) == plain
    text = pd.read_csv(io.BytesIO(plain), dtype=str, keep_default_na=False)
    stored = pd.read_parquet(tmp_path / "bank.parquet").fillna("")
    assert (text.to_numpy() == stored.to_numpy()).all()


@pytest.mark.parametrize(
    ("customers", "months", "seed", "name"),
    [
        (999, 17, 1, "a.csv"),
        (956_646, 17, 1, "a.csv"),
        (1_000, 17, 1, "a.xlsx"),
        (1_000, 1, 1, "a.csv"),
        (1_000, 18, 1, "a.csv"),
        (1_000, 17, -1, "a.csv"),
    ],
)
def test_a_size_or_name_that_will_not_do_is_one_clear_line(
    tmp_path: Path, customers: int, months: int, seed: int, name: str
) -> None:
    with pytest.raises(InputError) as error:
        simulate(customers, seed, tmp_path / name, months=months)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
