"""Tables of the exploratory notebook, on a bank of a few rows that can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bankrec import charts
from bankrec.bank.categories import MISSING_SPELLINGS
from bankrec.bank.columns import RAW
from bankrec.bank.products import BIT, PRODUCTS
from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.report import missing_shares
from bankrec.cleaning.report_file import read_report
from bankrec.cleaning.rules import NEARLY_EMPTY
from bankrec.explore import holdings_tables, raw_tables
from tests.banks import write_raw

DEBIT, PAYROLL, PENSION = "ind_recibo_ult1", "ind_nomina_ult1", "ind_nom_pens_ult1"
ENGLISH = {one.column: one.english for one in PRODUCTS}


def row(month: int, customer: int, *held: str, **other: str) -> dict[str, str]:
    return {"fecha_dato": f"2015-{month:02}-28", "ncodpers": str(customer)} | dict.fromkeys(held, "1") | other


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> raw_tables.Bank:
    """Five customers, June to September 2015.

    1 drops direct debit in July and has it again in August; 2 adds payroll and pension in August;
    3 joins in July without anything and adds nothing; 4 is absent in July and has direct debit in August,
    which is no addition, as nothing is known of July; 5 has a nearly empty row in June.
    """
    inactive = {"ind_actividad_cliente": "0"}
    rows = [
        row(6, 1, DEBIT),
        row(7, 1),
        row(8, 1, DEBIT),
        row(6, 2, **inactive),
        row(7, 2, **inactive),
        row(8, 2, PAYROLL, PENSION),
        row(7, 3, renta="", **inactive),
        row(8, 3, renta="", **inactive),
        row(6, 4),
        row(8, 4, DEBIT),
        row(6, 5, DEBIT, **dict.fromkeys(NEARLY_EMPTY, "NA")),
    ]
    folder = tmp_path_factory.mktemp("bank")
    raw, clean = write_raw(folder / "raw.csv", rows), folder / "it's clean.parquet"
    preprocess(raw, clean, progress=False)
    return raw_tables.Bank(raw, clean)


def test_the_raw_file_is_counted(bank: raw_tables.Bank) -> None:
    size = raw_tables.size(bank)
    assert (size["rows"], size["customers"], size["months"]) == (11, 5, 3)
    assert size["rows beyond one a customer and month"] == 0
    missing = raw_tables.missing_by_month(bank)
    assert missing.loc["age"].tolist() == [0.25, 0, 0]
    np.testing.assert_allclose(missing.loc["renta"], [0, 1 / 3, 1 / 4])
    assert "ncodpers" not in missing.index
    empty = raw_tables.nearly_empty(bank)
    assert empty.loc["2015-06"].tolist() == [1, 1, 1.0]
    forms = raw_tables.spellings(bank, ["age"])["rows"]
    assert forms.to_dict() == {("age", '" 99"'): 10, ("age", '"NA"'): 1}


@pytest.mark.parametrize("spellings", [MISSING_SPELLINGS, ("", "NA", "NaN")], ids=["all", "those the reader parses"])
def test_missing_values_are_those_that_cleaning_counts(tmp_path: Path, spellings: tuple[str, ...]) -> None:
    """One list of spellings: the notebook's table, the report of cleaning and what the card takes of it agree."""
    paddings = ("{}", "  {}", "{} ", "\t{}") if spellings == MISSING_SPELLINGS else ("{}",)
    texts = [padding.format(text) for text in spellings for padding in paddings]
    names = ("renta", "canal_entrada", "sexo", "age", "ind_actividad_cliente", "fecha_alta")
    rows = [row(6, place, **dict.fromkeys(names, text)) for place, text in enumerate(texts, 1)]
    raw, clean = write_raw(tmp_path / "raw.csv", [*rows, row(6, 100)]), tmp_path / "clean.parquet"
    report = preprocess(raw, clean, progress=False)
    stated, shown = missing_shares(report), raw_tables.columns(raw_tables.Bank(raw))["missing"]
    assert read_report(clean) == report
    for name in names:
        assert shown[name] == pytest.approx(stated[name], abs=1e-4), name
        assert stated[name] == pytest.approx(len(texts) / (len(texts) + 1), abs=1e-4), name


def test_every_raw_column_has_a_meaning(bank: raw_tables.Bank) -> None:
    table = raw_tables.columns(bank)
    assert list(table.index) == list(RAW)
    assert table["meaning"].str.len().min() > 0
    assert table.loc["conyuemp", "missing"] == 1
    assert table.loc["sexo", "the most frequent"] == "H"


def test_the_example_of_a_column_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    common = [row(6, customer, nomprov="ZAMORA" if customer % 2 else "AVILA", sexo="V") for customer in range(6)]
    rows = [*common, row(6, 6, nomprov=""), row(6, 7, nomprov="NA"), row(6, 8, nomprov="MADRID")]
    for order in (rows, rows[::-1]):
        table = raw_tables.columns(raw_tables.Bank(write_raw(tmp_path / "raw.csv", order)))
        assert table.loc["nomprov"].tolist()[1:] == [round(2 / 9, 4), 3, "AVILA"], (
            "three each: the first in the alphabet"
        )
        assert table.loc["ncodpers"].tolist()[1:] == [0, 9, "0"]


def test_impossible_values_are_found(tmp_path: Path) -> None:
    rows = [
        row(6, 1, age="164", antiguedad="-999999", renta="28894396.51"),
        row(6, 2, age="  2", fecha_alta="2015-07-01"),
        row(6, 3),
    ]
    found = raw_tables.impossible(raw_tables.Bank(write_raw(tmp_path / "raw.csv", rows)))
    assert found["rows"].tolist() == [1, 1, 1, 1, 1, 1]
    assert found["share"].tolist() == pytest.approx([1 / 3] * 6)


def test_months_tell_who_joined(bank: raw_tables.Bank) -> None:
    months = holdings_tables.months(bank)
    assert months["customers"].tolist() == [3, 3, 4]
    assert months["joiners"].tolist() == [3, 1, 0]
    assert months["without products"].tolist() == pytest.approx([2 / 3, 1, 1 / 4])
    assert months["products a customer"].tolist() == pytest.approx([1 / 3, 0, 1])


def test_additions_need_both_months(bank: raw_tables.Bank) -> None:
    added = holdings_tables.additions(bank)
    assert added.loc["2015-08", [ENGLISH[DEBIT], ENGLISH[PAYROLL], ENGLISH[PENSION]]].tolist() == [1, 1, 1]
    assert added.to_numpy().sum() == 3, "customer 4 was absent in July: no addition"
    adders = holdings_tables.adders(bank)
    assert adders["present in both months"].tolist() == [2, 3]
    assert adders["share who add"].tolist() == pytest.approx([0, 2 / 3])
    assert adders["additions an adder"].iloc[1] == pytest.approx(1.5)


def test_what_comes_back_is_known_from_any_earlier_month(bank: raw_tables.Bank) -> None:
    flows = holdings_tables.flows(bank)
    assert flows.loc[ENGLISH[DEBIT], "regained"] == 1
    assert flows.loc[ENGLISH[PAYROLL], "regained"] == 0
    assert np.isnan(flows.loc["Mortgage", "regained"])
    assert flows.loc[ENGLISH[DEBIT], "held"] == 2
    assert flows["share of all additions"].sum() == pytest.approx(1)


def test_pairs_that_come_together(bank: raw_tables.Bank) -> None:
    share = holdings_tables.together(bank)
    assert share.loc[ENGLISH[PAYROLL], ENGLISH[PENSION]] == 1
    assert share.loc[ENGLISH[DEBIT], ENGLISH[PENSION]] == 0
    lift = holdings_tables.goes_with(bank)
    assert lift.loc[ENGLISH[PAYROLL], ENGLISH[PENSION]] == pytest.approx(4), "held by one of four, always together"


def test_cohorts_and_activity(bank: raw_tables.Bank) -> None:
    cohorts = holdings_tables.cohorts(bank)
    assert cohorts["customers"].to_dict() == {"1 from the first month": 3, "3 in July 2015": 1}
    assert cohorts.loc["3 in July 2015", "without products"] == 1
    assert cohorts["add in a month"].tolist() == pytest.approx([2 / 4, 0])
    active = holdings_tables.activity(bank)
    assert active.loc["add something", "active the month before"] == pytest.approx(0.5)
    assert active.loc["add something", "active in the month"] == 1


def test_prevalence_is_the_share_of_clean_rows(bank: raw_tables.Bank) -> None:
    share = holdings_tables.prevalence(bank)
    assert len(share) == len(BIT)
    assert share[ENGLISH[DEBIT]] == pytest.approx(3 / 10)
    assert holdings_tables.frozen_seniority(bank).tolist() == [0, 0]


def test_charts_take_the_tables(bank: raw_tables.Bank) -> None:
    figures = [
        charts.shares(raw_tables.missing_by_month(bank), "title", "month"),
        charts.lines(holdings_tables.additions(bank).iloc[:, :8], "title", "customers"),
        charts.columns(raw_tables.distribution(bank, "age", 1), "title", "age (years)", "customers"),
        charts.heat(holdings_tables.goes_with(bank), "title"),
        charts.bars(raw_tables.joiners_by_year(bank), "title", "customers"),
        charts.columns(pd.Series([1], index=[5.0]), "title", "one band", "customers"),
    ]
    for made in figures:
        made.canvas.draw()
        assert made.axes[0].get_title() == "title"
    styles = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in figures[1].axes[0].lines}
    assert len(styles) == 8, "two lines look the same"
