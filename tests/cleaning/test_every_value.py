"""Every value of a raw file is in the clean one as it was given, or a rule of the report counts it."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bankrec.bank.spellings import MISSING_SPELLINGS
from bankrec.cleaning.preprocess import preprocess
from bankrec.santander.columns import CLEAN, CUSTOMER, DROPPED, MONTH, PRODUCT_COLUMNS, RAW

KEY = [MONTH, CUSTOMER]
REAL = pytest.mark.skipif("BANKREC_REAL_DATA" not in os.environ, reason="no real rows: BANKREC_REAL_DATA is not set")
NUMBERS = ["", "NA", " NA", "-5", "2", "9", "35.5", "1e12", "NaN"]
DIRT = {
    **{name: [*NUMBERS, "forty"] for name in ("age", "antiguedad", "cod_prov", "renta", "ind_nuevo", "indrel")},
    **{name: [" 1", "0.4", "", "NA", "x"] for name in RAW[24:]},
    **{name: ["S", "X", "NA", ""] for name in ("ind_empleado", "sexo", "tiprel_1mes", "conyuemp")},
    "indrel_1mes": ["1.0", "3.0", "P", "7", ""],
    "fecha_alta": ["2015-13-45", "1808-01-01", "2030-01-01", "soon", ""],
    "segmento": ["01 - TOP", "04 - OTHER", "TOP", ""],
    "nomprov": ["PALMAS, LAS", " NA", "", "ATLANTIS "],
}


def raw_text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)[list(RAW)]


def dirtied(source: Path, target: Path, *, numbers_only: bool) -> Path:
    """The simulated bank with a hundred wrong values in each column of `DIRT`.

    With `numbers_only` what is no number stays away, so that the CSV reader can parse the file.
    """
    rows, rng = raw_text(source), random.Random(1)
    for name, texts in DIRT.items():
        given = [text for text in texts if not numbers_only or text not in ("forty", "x", "soon", "2015-13-45")]
        at = rng.sample(range(len(rows)), 100)
        rows.loc[at, name] = [rng.choice(given) for _ in at]
    rows.to_csv(target, index=False)
    return target


def as_given(text: pd.Series, value: pd.Series, kind: str) -> pd.Series:
    """Whether a clean value is the one that was given; padding is none of it."""
    bare = text.str.strip()
    if kind == "date32":
        return pd.to_datetime(bare, format="%Y-%m-%d", errors="coerce") == pd.to_datetime(value)
    if kind == "string":
        return bare == value
    return pd.to_numeric(bare, errors="coerce") == value


def counted(report: dict[str, Any], column: str | None, *, dropped: bool = False) -> Counter[str]:
    """Rows by month that the rules of a column count, or of dropped rows."""
    rows: Counter[str] = Counter()
    for rule in report["rules"]:
        if (rule["action"] == "row dropped") == dropped and column in (None, rule["column"]):
            rows.update({month: share["rows"] for month, share in rule["by_month"].items()})
    return +rows


def by_month(rows: pd.DataFrame, those: Any) -> Counter[str]:
    return Counter(rows.loc[those, MONTH])


def check_accounts(source: Path, folder: Path, *, dirty: bool = False) -> None:
    """Clean `source` and hold every value against the report, by column and month.

    Of a `dirty` one product flags that can't be read are accepted; of a real one nothing is.
    """
    accept = PRODUCT_COLUMNS if dirty else ()
    report = preprocess(source, folder / "clean.parquet", accept=accept)
    assert report["duplicates"] == 0, "which of several rows was kept is another test's question"
    raw, clean = raw_text(source), pd.read_parquet(folder / "clean.parquet")
    clean[MONTH] = pd.to_datetime(clean[MONTH]).dt.strftime("%Y-%m-%d")
    raw[CUSTOMER] = pd.to_numeric(raw[CUSTOMER])
    both = raw.merge(clean, on=KEY, how="left", suffixes=("", "_clean"), indicator=True, validate="1:1")
    assert len(raw) == report["rows_read"] and len(clean) == report["rows_kept"]
    assert by_month(both, both["_merge"] == "left_only") == counted(report, None, dropped=True)
    both = both[both["_merge"] == "both"]
    assert len(both) == len(clean), "no row that was not given"
    for name in RAW:
        if name in KEY:
            continue
        if name in DROPPED:
            changed = ~both[name].str.strip().isin(MISSING_SPELLINGS)
        else:
            changed = ~as_given(both[name], both[f"{name}_clean"], CLEAN[name])
        assert by_month(both, changed) == counted(report, name), name


@pytest.mark.parametrize("numbers_only", [True, False])
def test_every_value_of_a_dirty_simulated_bank_is_kept_or_counted(
    tmp_path: Path, small_bank: Path, numbers_only: bool
) -> None:
    path = dirtied(small_bank / "raw.csv", tmp_path / "raw.csv", numbers_only=numbers_only)
    check_accounts(path, tmp_path, dirty=True)


@pytest.mark.slow
@REAL
@pytest.mark.parametrize("name", ["raw_text/train_head.csv.gz", "june_2015/train_ver2.csv.gz"])
def test_every_real_value_is_kept_or_counted(tmp_path: Path, name: str) -> None:
    check_accounts(Path(os.environ["BANKREC_REAL_DATA"]) / name, tmp_path)
