"""The raw text of a simulated bank: header, fields, dirt and spellings of the real file."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from bankrec.santander.columns import PRODUCT_COLUMNS, RAW


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


def test_age_and_seniority_stand_still_until_july_2015(raw: pd.DataFrame) -> None:
    known = raw[(raw.age != " NA") & (raw.antiguedad != "-999999")]
    early = known[known.fecha_dato <= "2015-07-28"].groupby("ncodpers")[["age", "antiguedad"]].nunique()
    assert early.max().max() == 1
    late = known[known.fecha_dato >= "2015-07-28"].groupby("ncodpers").antiguedad.nunique()
    assert late.max() == 11
