"""Small banks for tests: raw rows by hand, and a simulated bank made once a session."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from bankrec.santander.columns import CUSTOMER, RAW

ROW = {
    "fecha_dato": "2015-01-28",
    "ncodpers": "1",
    "ind_empleado": "N",
    "pais_residencia": "ES",
    "sexo": "H",
    "age": " 35",
    "fecha_alta": "2012-08-10",
    "ind_nuevo": " 0",
    "antiguedad": "     29",
    "indrel": " 1",
    "ult_fec_cli_1t": "",
    "indrel_1mes": "1",
    "tiprel_1mes": "A",
    "indresi": "S",
    "indext": "N",
    "conyuemp": "",
    "canal_entrada": "KHE",
    "indfall": "N",
    "tipodom": " 1",
    "cod_prov": "15",
    "nomprov": "CORUÑA, A",
    "ind_actividad_cliente": " 1",
    "renta": "87218.1",
    "segmento": "02 - PARTICULARES",
    **dict.fromkeys(RAW[24:], "0"),
}


def write_raw(path: Path, rows: Iterable[dict[str, str]], columns: Iterable[str] = RAW) -> Path:
    """Write raw rows, each a change to `ROW`, as a CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return path


Row = dict[str, Any]


def raw_table(*rows: Row) -> Any:
    """Rows of text; each differs from the hand-made one as its entries state, and has a customer number of its own."""
    frame = pd.DataFrame([ROW | {CUSTOMER: str(at + 1)} | row for at, row in enumerate(rows)], dtype=object)
    return ibis.memtable(frame[list(RAW)], schema=dict.fromkeys(RAW, "string"))
