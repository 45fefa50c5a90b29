"""Tables of the raw file, on a bank that can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bankrec.bank.spellings import MISSING_SPELLINGS
from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.report import missing_shares
from bankrec.cleaning.report_file import read_report
from bankrec.explore import raw_tables
from bankrec.explore.tables import Tables
from bankrec.santander.columns import RAW
from tests.banks import write_raw
from tests.explore.conftest import row
from tests.santander import BANK


def test_the_raw_file_is_counted(bank: Tables) -> None:
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
    report = preprocess(raw, clean)
    stated, shown = missing_shares(report), raw_tables.columns(Tables(BANK, raw))["missing"]
    assert read_report(clean) == report
    for name in names:
        assert shown[name] == pytest.approx(stated[name], abs=1e-4), name
        assert stated[name] == pytest.approx(len(texts) / (len(texts) + 1), abs=1e-4), name


def test_every_raw_column_has_a_meaning(bank: Tables) -> None:
    table = raw_tables.columns(bank)
    assert list(table.index) == list(RAW)
    assert table["meaning"].str.len().min() > 0
    assert table.loc["conyuemp", "missing"] == 1
    assert table.loc["sexo", "the most frequent"] == "H"


def test_the_example_of_a_column_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    common = [row(6, customer, nomprov="ZAMORA" if customer % 2 else "AVILA", sexo="V") for customer in range(6)]
    rows = [*common, row(6, 6, nomprov=""), row(6, 7, nomprov="NA"), row(6, 8, nomprov="MADRID")]
    for order in (rows, rows[::-1]):
        table = raw_tables.columns(Tables(BANK, write_raw(tmp_path / "raw.csv", order)))
        assert table.loc["nomprov"].tolist()[1:] == [round(2 / 9, 4), 3, "AVILA"], (
            "three each: the first in the alphabet"
        )
        assert table.loc["ncodpers"].tolist()[1:] == [0, 9, "0"]


def test_impossible_values_are_counted(tmp_path: Path) -> None:
    rows = [
        row(6, 1, age="164", antiguedad="-999999", renta="28894396.51"),
        row(6, 2, age="  2", fecha_alta="2015-07-01"),
        row(6, 3),
    ]
    table = raw_tables.impossible(Tables(BANK, write_raw(tmp_path / "raw.csv", rows)))
    assert table["rows"].tolist() == [1, 1, 1, 1, 1, 1]
    assert table["share"].tolist() == pytest.approx([1 / 3] * 6)
