"""The example banks: their files are as described and repeat, and what is planted shows in counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bankrec.bank.files import read_bank
from bankrec.ingest.snapshot_header import expected_columns
from bankrec.ingest.snapshots import look_at
from bankrec.storage.model_folder import data_name
from examples.generate import EXAMPLES, HERE, Month, Plan, simulate, write

CUSTOMERS, MONTHS = 3_000, 8


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both banks, small."""
    folder = tmp_path_factory.mktemp("examples")
    for example in EXAMPLES:
        write(example, CUSTOMERS, MONTHS, 3, folder / example)
    return folder


@pytest.mark.parametrize("example", EXAMPLES)
def test_snapshots_are_as_described(made: Path, example: str) -> None:
    bank, data = read_bank(HERE / example / "bank.toml"), made / example / "snapshots"
    findings = look_at(bank, data)
    assert (findings.problems, findings.notes) == ([], [])
    assert [f"{month:%Y-%m}" for month in findings.rows] == [f"2024-{month:02}" for month in range(1, MONTHS + 1)]
    for file in data.iterdir():
        assert set(pq.read_schema(file).names) == set(expected_columns(bank))
    assert all(0 < share < 1 for share in findings.held.values())


def test_the_files_say_that_the_bank_is_simulated(made: Path) -> None:
    name = data_name(made / "credit_union" / "snapshots")
    assert name == "simulated credit union, 3,000 customers, seed 3"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_truth_is_of_the_customers_who_stay(made: Path, example: str) -> None:
    bank = read_bank(HERE / example / "bank.toml")
    truth = pd.read_parquet(made / example / "truth.parquet")
    assert list(truth.columns) == [bank.customer, "product", "added", "probability"]
    last = pd.read_parquet(made / example / "snapshots" / f"2024-{MONTHS:02}.parquet").set_index(bank.customer)
    assert set(truth[bank.customer]) < set(last.index) and len(truth) == truth[bank.customer].nunique() * bank.n
    wide = truth.pivot(index=bank.customer, columns="product", values="added")[list(bank.ids)]
    held = last.loc[wide.index, list(bank.ids)].astype(bool)
    assert not (wide & held).to_numpy().any(), "what is held is not added"
    expected = truth["probability"].sum()
    assert abs(truth["added"].sum() - expected) < 4 * expected**0.5


def test_the_same_seed_gives_the_same_files_and_another_one_others(made: Path, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "2030-01.parquet").write_text("of an older bank")
    write("universal_bank", CUSTOMERS, MONTHS, 3, tmp_path)
    first = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert first == sorted(path.relative_to(made / "universal_bank") for path in (made / "universal_bank").rglob("*.*"))
    for name in first:
        assert (tmp_path / name).read_bytes() == (made / "universal_bank" / name).read_bytes(), name
    write("universal_bank", CUSTOMERS, MONTHS, 4, tmp_path)
    assert (tmp_path / "truth.parquet").read_bytes() != (made / "universal_bank" / "truth.parquet").read_bytes()


def test_own_features_are_as_described(made: Path) -> None:
    bank = read_bank(HERE / "universal_bank" / "bank.toml")
    features = pd.read_parquet(made / "universal_bank" / "features.parquet")
    assert list(features.columns) == [bank.customer, bank.month, *(feature.name for feature in bank.features)]
    assert not features.duplicated([bank.customer, bank.month]).any() and features[bank.month].nunique() == MONTHS
    for feature in bank.features:
        if feature.values:
            assert set(features[feature.name].dropna()) == set(feature.values)
    assert not (made / "credit_union" / "features.parquet").exists()


@pytest.fixture(scope="module")
def union() -> list[Month]:
    return list(simulate(Plan("credit_union"), 20_000, 12, 1))


@pytest.fixture(scope="module")
def universal() -> list[Month]:
    return list(simulate(Plan("universal_bank"), 10_000, 6, 1))


def rate(months: list[Month], item: int, where: list[np.ndarray]) -> float:
    """The share of those who don't hold a product, and are in `where` the month before, who take it."""
    observed = could = 0
    for before, now, who in zip(months, months[1:], where, strict=False):
        free = before.there & now.there & ~before.held[:, item] & who
        observed, could = observed + int(now.added[free, item].sum()), could + int(free.sum())
    return observed / could


def test_effects_show_in_counts(union: list[Month]) -> None:
    ids = Plan("credit_union").ids
    card, account, loan, saver = map(ids.index, ("credit_card", "current_account", "car_loan", "fixed_saver"))
    present = [month.there for month in union]
    assert rate(union, card, [month.added[:, account] for month in union]) > 5 * rate(union, card, present)
    holds = [month.held[:, account] for month in union]
    assert rate(union, loan, holds) > 2.5 * rate(union, loan, [~who for who in holds])
    hill = [month.columns["branch"] == "hill" for month in union]
    assert rate(union, saver, hill) > 2 * rate(union, saver, [~who for who in hill])
    app = [month.columns["uses_app"] == "Y" for month in union]
    assert rate(union, account, app) > 2 * rate(union, account, [~who for who in app])
    old = [month.columns["age"] >= 65 for month in union]
    assert rate(union, saver, old) > 2 * rate(union, saver, [month.columns["age"] < 30 for month in union])


def test_a_season_shows_in_its_months(union: list[Month]) -> None:
    holiday = Plan("credit_union").ids.index("holiday_loan")
    by_month = {month.step + 1: int(month.added[:, holiday].sum()) for month in union[1:12]}
    assert max(by_month, key=lambda month: by_month[month]) in (6, 7)
    assert by_month[6] > 2.5 * by_month[3]


def test_what_was_lost_comes_back_more_easily(union: list[Month]) -> None:
    holiday = Plan("credit_union").ids.index("holiday_loan")
    ever = np.zeros(len(union[0].there), bool)
    had = []
    for month in union:
        ever = ever | month.held[:, holiday]
        had.append(ever & ~month.held[:, holiday])
    assert rate(union, holiday, had) > 2 * rate(union, holiday, [~who for who in had])


def test_customers_join_and_leave(union: list[Month]) -> None:
    first, last = union[0].there, union[-1].there
    assert 0.15 < (last & ~first).sum() / len(first) < 0.25
    assert 0.03 < (first & ~last).sum() / first.sum() < 0.12


def test_rules_of_the_bank_hold(union: list[Month], universal: list[Month]) -> None:
    for example, months in (("credit_union", union), ("universal_bank", universal)):
        bank = read_bank(HERE / example / "bank.toml")
        for month in months:
            for at, product in enumerate(bank.products):
                took = month.columns["age"][month.added[:, at]]
                assert (took >= (product.from_age or 0)).all() and (took < (product.until_age or 999)).all()
                if product.comes_with:
                    assert not (month.held[:, at] & ~month.held[:, bank.bit[product.comes_with]]).any()


def test_intents_predict_the_month_after_and_noise_does_not(made: Path) -> None:
    bank = read_bank(HERE / "universal_bank" / "bank.toml")
    features = pd.read_parquet(made / "universal_bank" / "features.parquet")
    last = features[features[bank.month] == features[bank.month].max()].set_index(bank.customer)
    truth = pd.read_parquet(made / "universal_bank" / "truth.parquet")
    loans = truth[truth["product"].isin(["personal_loan", "car_loan"])].groupby(bank.customer)["probability"].sum()
    by_page = loans.groupby(last["last_page"]).mean()
    assert by_page["loans"] > 4 * by_page["home"]
    assert loans.groupby(last["page_views"] >= 3).mean()[True] > 2 * loans.mean()
    by_number = loans.groupby(last["lottery_number"]).mean()
    assert by_number.max() < 2 * by_number.min()


def test_the_command_writes_a_bank_and_refuses_what_is_none(tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "generate.py"), "credit_union", "--customers", "100", "--months", "2"]
    done = subprocess.run([*command, "--output", str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}: 100 customers, 2 months in snapshots/, truth.parquet\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshots", "source.json", "truth.parquet"]
    none = subprocess.run([*command[:3], "--months", "1", "--output", "x"], capture_output=True, text=True, check=False)
    assert none.returncode == 2 and "2 to 60 months" in none.stderr
