"""Truth files of any content: they are read, or the error is one line that names the file and the line."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.errors import InputError
from bankrec.evaluation.outcomes import Outcomes, read_outcomes
from bankrec.publishing.reader import SetLists
from tests.santander import BANK, BIT, IDS

CARD, DEBIT = "ind_tjcr_fin_ult1", "ind_recibo_ult1"
CUSTOMERS = np.array([10, 20, 30], np.int64)
NONE = np.zeros((3, 24))
TEXT = np.array(["", "", ""])
LISTS = SetLists(BANK, CUSTOMERS, NONE.astype(np.int8), NONE.astype(np.float32), np.zeros(3, np.uint64), TEXT, TEXT)
PAIRS = f"ncodpers,product\n10,{CARD}\n"
HEADER = "fecha_dato,ncodpers," + ",".join(IDS)
ROW = "2016-06-28,10," + ",".join("0" * 24)


def outcomes(folder: Path, content: bytes, name: str = "truth.csv") -> Outcomes:
    (folder / name).write_bytes(content)
    return read_outcomes(folder / name, LISTS, "2016-05-28")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("truth")


def test_pairs_are_read_with_blank_lines_a_mark_and_spaces(folder: Path) -> None:
    known = outcomes(folder, ("\ufeff" + PAIRS + f"\n\r\n 20, {DEBIT}\n\n").encode())
    assert known.added.tolist() == [1 << BIT[CARD], 1 << BIT[DEBIT], 0] and known.there.all()
    known = outcomes(folder, gzip.compress(PAIRS.encode()), "truth.csv.gz")
    assert known.added.tolist() == [1 << BIT[CARD], 0, 0]


def test_a_snapshot_is_read_with_missing_flags(folder: Path) -> None:
    row = ROW[:-4] + ", 1, NA"
    known = outcomes(folder, f"{HEADER}\n{row}\n".encode())
    assert known.added.tolist() == [1 << 22, 0, 0] and known.there.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PAIRS + f"1.5,{CARD}\n", "line 3: ncodpers is '1.5', not a customer id"),
        (PAIRS + f"\n\n-1,{CARD}\n", "line 5: ncodpers is '-1'"),
        (PAIRS + f"９,{CARD}\n", "line 3: ncodpers is '９'"),
        (PAIRS + f"²,{CARD}\n", "line 3: ncodpers is '²'"),
        (PAIRS + f"{'9' * 400},{CARD}\n", r"line 3: ncodpers is '999+\.\.\., not a customer id"),
        (PAIRS + f",{CARD}\n", "line 3: ncodpers is nothing"),
        (PAIRS + "20,\n", "line 3: product is nothing, not a product"),
        (PAIRS + "20\n", "line 3: product is nothing"),
        (PAIRS + "20,a,b,c\n", "can't be read: .*3"),
        ("ncodpers,product\n", "a header and no rows"),
        (f"ncodpers,product\n1,10,{CARD}\n", "rows with more values than its first line has column names"),
        ("", "can't be read"),
        ("ncodpers,product,added\n10,x,perhaps\n", "line 2: added is 'perhaps', not true or false"),
        (f"ncodpers,product,added\n99,{CARD},1\n", "none of the customers of the set"),
        (f"{HEADER}\n{ROW.replace('2016', '20x6')}\n", "line 2: fecha_dato is '20x6-06-28', not a date"),
        (f"{HEADER}\n{ROW.replace('2016', '')}\n", "line 2: fecha_dato is '-06-28', not a date"),
        (
            f"{HEADER}\n{ROW}\n{ROW[:-1]}maybe\n".replace("10,", "20,", 1),
            "line 3: ind_recibo_ult1 is 'maybe', not 0 or 1",
        ),
        (f"{HEADER}\n{ROW[:-1]}7\n", "line 2: ind_recibo_ult1 is '7', not 0 or 1"),
        (f"{HEADER}\n{ROW[:-1]}１\n", "line 2: ind_recibo_ult1 is '１', not 0 or 1"),
        (f"{HEADER}\n{ROW}\n".replace("2016-06", "2016-05"), "no rows of the month after"),
        (f"{HEADER}\n{ROW}\n".replace("2016-06", "2016-07"), "no rows of the month after"),
        (f"{HEADER}\n{ROW}\n".replace(",10,", ",99,"), "none of the customers of the set"),
        (f"ncodpers,{CARD}\n10,1\n", "the product columns ind_ahor_fin_ult1, "),
        ("ncodpers,age\n10,1\n", "neither the columns ncodpers and product nor a column for each product"),
    ],
)
def test_what_can_not_be_is_named_with_its_line(folder: Path, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        outcomes(folder, content.encode())
    assert str(caught.value).isprintable() and "truth.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("latin.csv", PAIRS.encode() + "20,nómina\n".encode("latin-1"), "not UTF-8 .* in line 3: save it as UTF-8"),
        ("wide.csv", PAIRS.encode("utf-16"), "not UTF-8 .* in line 1"),
        ("nul.csv", PAIRS.encode() + b"2\x000," + CARD.encode() + b"\n", "line 3: ncodpers is"),
        ("cut.csv.gz", gzip.compress(PAIRS.encode(), mtime=0)[:-9], "can't be read"),
        ("none.csv.gz", b"none", "can't be read"),
        ("none.zip", b"none", "can't be read"),
        ("none.csv.xz", b"none", "can't be read"),
        ("none.parquet", b"none", "can't be read"),
        ("cut.parquet", b"PAR1" + b"x" * 50 + b"PAR1", "can't be read"),
    ],
)
def test_other_files_are_one_line(folder: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        outcomes(folder, content, name)
    assert str(caught.value).isprintable() and name in str(caught.value)


def test_a_folder_or_nothing_is_one_line(folder: Path) -> None:
    for path in (folder, folder / "nowhere.csv", folder / "nowhere.parquet"):
        with pytest.raises(InputError, match=r"can't be read|no column"):
            read_outcomes(path, LISTS, "2016-05-28")


def test_rows_of_parquet_are_named_by_number(folder: Path) -> None:
    pd.DataFrame({"ncodpers": [10.0, 20.5], "product": [CARD, DEBIT]}).to_parquet(folder / "odd.parquet")
    with pytest.raises(InputError, match=r"odd\.parquet, row 2: ncodpers is 20\.5"):
        read_outcomes(folder / "odd.parquet", LISTS, "2016-05-28")


cells = st.text(st.sampled_from("0123456789-.,;\"'\0\t \r\nex²２ñ"), max_size=8) | st.text(max_size=6)
tables = st.lists(st.tuples(cells, st.sampled_from([CARD, DEBIT]) | cells), max_size=4)
flags = st.lists(st.sampled_from("01") | cells, min_size=24, max_size=24)
contents = st.one_of(
    st.binary(max_size=80),
    st.binary(max_size=40).map(lambda end: PAIRS.encode() + end),
    tables.map(lambda rows: (PAIRS + "".join(f"{user},{item}\n" for user, item in rows)).encode()),
    st.tuples(cells, cells, flags).map(
        lambda row: (
            f"{HEADER},age,sexo,antiguedad\n{ROW},{row[0]},{row[1]},1\n2016-06-28,20,{','.join(row[2])},1,H,\n".encode()
        )
    ),
    st.tuples(cells, st.sampled_from(["utf-16", "utf-32", "cp037"])).map(
        lambda c: (PAIRS + c[0]).encode(c[1], "replace")
    ),
)


def test_dates_of_other_months_may_be_in_another_notation_of_iso_8601(folder: Path) -> None:
    other = ROW.replace("2016-06-28", "2016-05-28 00:00:00")
    known = outcomes(folder, f"{HEADER}\n{ROW}\n{other}\n".encode(), "months.csv")
    assert known.there.sum() == 1


@settings(max_examples=150)
@given(contents, st.sampled_from(["any.csv", "any.parquet", "any.csv.gz", "any.zip"]))
def test_any_bytes_are_read_or_refused_in_one_line(folder: Path, content: bytes, name: str) -> None:
    try:
        known = outcomes(folder, content, name)
    except InputError as error:
        assert str(error).isprintable() and name in str(error) and len(str(error)) < 700
    else:
        assert len(known.added) == len(known.there) == 3
