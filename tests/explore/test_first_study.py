"""What the first studies reported, counted in a file of a few rows."""

from __future__ import annotations

from pathlib import Path

from bankrec.explore import first_study
from bankrec.explore.tables import Tables
from tests.banks import write_raw
from tests.explore.conftest import row
from tests.santander import BANK


def test_the_cases_are_counted(tmp_path: Path) -> None:
    rows = [
        row(6, 1, ind_empleado="S", conyuemp="S"),
        row(6, 2, indrel="99", ult_fec_cli_1t="2015-06-20", tiprel_1mes="N"),
        row(6, 3, indrel="99", conyuemp="N", antiguedad="-999999"),
        row(6, 4, indrel_1mes="4.0"),
    ]
    tables = Tables(BANK, write_raw(tmp_path / "raw.csv", rows))
    table = first_study.reported(tables)
    assert table["here"].tolist() == [1, 2, 1, 2, 1, 1, 1, 1]
    assert table["published"].min() > 0
    assert first_study.last_date_follows(tables) == 0.75, "of 3 the last date is missing"
    rare = first_study.rare_values(tables, ("ind_empleado", "segmento"), fewer=2)
    assert rare.loc["ind_empleado"].tolist() == [2, 1, 1]
    assert rare.loc["segmento"].tolist() == [1, 0, 0]
