"""The simulated bank: its raw format and dirt, its repeatability, its invariants, its truth."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bankrec.bank.columns import RAW
from bankrec.bank.products import BIT, N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.bank.size import CUSTOMERS, MONTHS
from bankrec.errors import InputError
from bankrec.simulator.figures import facts
from bankrec.simulator.simulate import REDRAWS, live, simulate
from bankrec.simulator.truth import oracle_lists

NOMINA, PENSION, TAXES = (1 << BIT[f"ind_{name}_ult1"] for name in ("nomina", "nom_pens", "reca_fin"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bank")
    simulate(4_000, 7, place / "bank.csv", place / "truth.parquet", progress=False)
    return place


@pytest.fixture(scope="module")
def raw(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "bank.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def truth(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth.parquet")


def test_header_and_months_are_those_of_the_real_file(folder: Path, raw: pd.DataFrame) -> None:
    with (folder / "bank.csv").open() as file:
        assert file.readline() == ",".join(f'"{name}"' for name in RAW) + "\n"
    months = list(raw.fecha_dato.unique())
    assert months == [str(month) + "-28" for month in np.arange("2015-01", "2016-06", dtype="datetime64[M]")]
    assert not raw.duplicated(["fecha_dato", "ncodpers"]).any()
    assert raw.ncodpers.nunique() == 4_000


def test_every_line_has_48_fields_for_a_csv_reader(folder: Path) -> None:
    with (folder / "bank.csv").open(newline="") as file:
        lengths = {len(row) for row in csv.reader(file)}
    assert lengths == {48}


def test_the_real_dirt_is_there(raw: pd.DataFrame) -> None:
    blank = raw[raw.age == " NA"]
    assert 0.0005 < len(blank) / len(raw) < 0.006
    assert set(blank.antiguedad) == {"     NA"} and set(blank.fecha_alta) == {""} and set(blank.indrel) == {"NA"}
    full = raw[raw.age != " NA"]
    assert full.age.str.len().eq(3).all() and full.antiguedad.str.len().eq(7).all()
    assert {"1", "1.0", ""} < set(raw.indrel_1mes)
    assert set(raw.ind_nomina_ult1) == {" 0", " 1", "NA"}
    assert (raw.ind_nomina_ult1.eq("NA") == raw.ind_nom_pens_ult1.eq("NA")).all()
    assert raw.nomprov.str.contains(",").any()
    assert 0.15 < raw.renta.eq("").mean() < 0.27
    assert {"", "01 - TOP", "02 - PARTICULARES", "03 - UNIVERSITARIO"} == set(raw.segmento)
    for name in set(PRODUCT_COLUMNS) - {"ind_nomina_ult1", "ind_nom_pens_ult1"}:
        assert set(raw[name]) <= {"0", "1"}, name


def test_unknown_seniority_is_spelled_as_in_the_real_file(raw: pd.DataFrame) -> None:
    assert (raw.antiguedad == "-999999").any()


def test_july_2015_brings_a_block_of_joiners_with_next_to_nothing(raw: pd.DataFrame) -> None:
    first = raw.drop_duplicates("ncodpers")
    block = first[first.fecha_dato == "2015-07-28"]
    assert 0.18 < len(block) / 4_000 < 0.24
    holds = block[list(PRODUCT_COLUMNS)].apply(lambda column: column.str.strip().eq("1")).any(axis=1)
    assert holds.mean() < 0.10


def test_an_account_turns_into_the_other_kind() -> None:
    """Who takes a payroll account gives up the current account."""
    current, payroll = (1 << BIT[f"ind_{name}_fin_ult1"] for name in ("cco", "cno"))
    seen: list[np.ndarray] = []
    live(5_000, 3, 8, lambda profile, state, present: seen.append(state.words.copy()))
    turned = 0
    for before, after in pairwise(seen):
        came = (before & current != 0) & (before & payroll == 0) & (after & payroll != 0)
        turned += int(came.sum())
        assert not (after[came] & current).any()
    assert turned > 0


def test_age_and_seniority_stand_still_until_july_2015(raw: pd.DataFrame) -> None:
    known = raw[(raw.age != " NA") & (raw.antiguedad != "-999999")]
    early = known[known.fecha_dato <= "2015-07-28"].groupby("ncodpers")[["age", "antiguedad"]].nunique()
    assert early.max().max() == 1
    late = known[known.fecha_dato >= "2015-07-28"].groupby("ncodpers").antiguedad.nunique()
    assert late.max() == 11


@pytest.mark.parametrize("name", ["bank.csv", "bank.csv.gz", "bank.parquet"])
def test_same_seed_same_bytes(tmp_path: Path, name: str) -> None:
    for place in ("a", "b"):
        simulate(1_000, 5, tmp_path / place / name, tmp_path / place / "truth.parquet", progress=False)
    for file in (name, "truth.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    simulate(1_000, 6, tmp_path / "c" / name, progress=False)
    assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "c" / name).read_bytes()


def test_fewer_months_are_the_first_of_the_same_bank(tmp_path: Path) -> None:
    made = {
        n: simulate(1_000, 5, tmp_path / f"{n}.csv", tmp_path / f"{n}.pq", months=n, progress=False) for n in (6, 7)
    }
    six, seven = (pd.read_csv(tmp_path / f"{n}.csv", dtype=str, keep_default_na=False) for n in (6, 7))
    pd.testing.assert_frame_equal(six, seven.iloc[: len(six)])
    later = seven.iloc[len(six) :]
    assert (six.fecha_dato.max(), set(later.fecha_dato)) == ("2015-06-28", {"2015-07-28"})
    assert made[6]["customers"] == six.ncodpers.nunique() < made[7]["customers"] == seven.ncodpers.nunique()
    assert (made[6]["months"], made[6]["rows"]) == (6, len(six))


def test_the_truth_is_the_month_after_the_last_one(tmp_path: Path) -> None:
    for n in (6, 7):
        simulate(1_000, 5, tmp_path / f"{n}.csv", tmp_path / f"{n}.pq", months=n, progress=False)
    truth = pd.read_parquet(tmp_path / "6.pq")
    seven = pd.read_csv(tmp_path / "7.csv", dtype=str, keep_default_na=False)
    july = seven[seven.fecha_dato == "2015-07-28"].assign(ncodpers=lambda rows: rows.ncodpers.astype(int))
    july = july[july.ind_nomina_ult1 != "NA"].set_index("ncodpers")
    after = truth[truth.added & truth.ncodpers.isin(july.index)]
    assert len(after) > 10
    assert all(july.loc[row.ncodpers, row.product].strip() == "1" for row in after.itertuples())


def test_the_three_formats_hold_the_same(tmp_path: Path) -> None:
    for name in ("bank.csv", "bank.csv.gz", "bank.parquet"):
        simulate(1_000, 5, tmp_path / name, progress=False)
    plain = (tmp_path / "bank.csv").read_bytes()
    assert gzip.decompress((tmp_path / "bank.csv.gz").read_bytes()) == plain
    text = pd.read_csv(io.BytesIO(plain), dtype=str, keep_default_na=False)
    stored = pd.read_parquet(tmp_path / "bank.parquet").fillna("")
    assert (text.to_numpy() == stored.to_numpy()).all()


def test_payroll_never_without_the_flag_of_payroll_or_pension_and_taxes_stay() -> None:
    seen: list[np.ndarray] = []
    live(5_000, 2, 17, lambda profile, state, present: seen.append(state.words.copy()))
    for month, words in enumerate(seen):
        lonely = (words & NOMINA != 0) & (words & PENSION == 0)
        assert not lonely.any(), f"month {month}: {lonely.sum()}"
        if month:
            assert not (seen[month - 1] & ~words & TAXES).any()


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


def test_chances_are_exact_for_every_product() -> None:
    after = live(30_000, 4, 6)
    for j in range(N_PRODUCTS):
        expected = float(after.p_add[:, j].sum())
        drawn = ((after.redraws >> np.uint32(j)) & 1).sum() / REDRAWS
        assert abs(drawn - expected) < 5 * np.sqrt(max(expected, 1) / REDRAWS) + 0.5, (j, expected, drawn)


def test_chances_follow_from_the_past_alone() -> None:
    short, again = live(2_000, 9, 12), live(2_000, 9, 12)
    assert (short.p_add == again.p_add).all()
    assert short.p_add.shape == (len(short.user_id), N_PRODUCTS)


def test_the_oracle_orders_by_chance_without_what_is_held() -> None:
    """Payroll and pension count at a part of their chance, as they come together."""
    p = np.zeros((1, N_PRODUCTS), np.float32)
    payroll, pension = NOMINA.bit_length() - 1, PENSION.bit_length() - 1
    p[0, [3, 4, 5, payroll, pension]] = 0.9, 0.8, 0.5, 0.6, 0.7
    held = np.array([1 << 3], np.uint32)
    assert oracle_lists(p, held, 1.0)[0, :4].tolist() == [4, pension, payroll, 5]
    assert oracle_lists(p, held, 0.5)[0, :4].tolist() == [4, 5, pension, payroll]


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
        simulate(customers, seed, tmp_path / name, months=months, progress=False)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_the_published_figures_are_whole() -> None:
    known = facts()
    assert (known["customers"], len(known["rows_by_month"])) == (CUSTOMERS, MONTHS)
    assert sum(known["rows_by_month"]) == 13_647_309
    assert [len(row) for row in known["additions"]] == [17] * N_PRODUCTS
    assert sum(sum(row[:16]) for row in known["additions"]) == 561_710
