"""A bank of five customers that can be counted by hand."""

from __future__ import annotations

import pytest

from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.rules import NEARLY_EMPTY
from bankrec.explore.tables import Tables
from tests.banks import write_raw
from tests.santander import BANK

DEBIT, PAYROLL, PENSION = "ind_recibo_ult1", "ind_nomina_ult1", "ind_nom_pens_ult1"


def row(month: int, customer: int, *held: str, **other: str) -> dict[str, str]:
    return {"fecha_dato": f"2015-{month:02}-28", "ncodpers": str(customer)} | dict.fromkeys(held, "1") | other


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Five customers, June to September 2015.

    1 drops direct debit in July and has it again in August; 2 adds payroll and pension in August;
    3 joins in July without anything and adds nothing; 4 is absent in July and has direct debit in August,
    which is no acquisition, as nothing is known of July; 5 has a nearly empty row in June.
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
    preprocess(raw, clean)
    return Tables(BANK, raw, clean)
