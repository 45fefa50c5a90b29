"""Clean snapshots to histories, on three customers that can be followed by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from banks import write_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.build_histories import build_histories, load_histories, months_of, ranges, read_histories
from bankrec.columns import CUSTOMER, LAST, PROFILE
from bankrec.engine import connect, read_parquet
from bankrec.errors import InputError
from bankrec.preprocess import preprocess
from bankrec.products import BIT
from bankrec.simulator import simulate
from bankrec.words import ACTIVE, PRESENT, RELATION_SHIFT, RELATIONS, SEGMENT_SHIFT, SEGMENTS, UNKNOWN, unpack

JANUARY, FEBRUARY, MARCH = (date(2015, month, 28) for month in (1, 2, 3))
CCO, RECIBO, PAYROLL = "ind_cco_fin_ult1", "ind_recibo_ult1", "ind_nomina_ult1"


def bit(column: str) -> int:
    return 1 << BIT[column]


def code(relation: str, segment: str) -> int:
    return RELATIONS.index(relation) << RELATION_SHIFT | SEGMENTS.index(segment) << SEGMENT_SHIFT


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("histories")
    rows = [
        # 30 joins in January, misses February, moves and dies in March.
        {"fecha_dato": "2015-01-28", "ncodpers": "30", "age": " 81", "renta": "", CCO: "1"},
        {"fecha_dato": "2015-03-28", "ncodpers": "30", "age": " 82", "indfall": "S", "renta": "9", "cod_prov": "8"},
        # 4 is there in all months; its flags are unknown in February.
        {"fecha_dato": "2015-01-28", "ncodpers": "4", "tiprel_1mes": "I", "segmento": "01 - TOP", RECIBO: "1"},
        {"fecha_dato": "2015-02-28", "ncodpers": "4", "ind_actividad_cliente": " 0", PAYROLL: "NA", CCO: "1"},
        {"fecha_dato": "2015-03-28", "ncodpers": "4", "tiprel_1mes": "R", "segmento": "", "age": " 36"},
        # 500 joins in March.
        {"fecha_dato": "2015-03-28", "ncodpers": "500", "renta": "1000", "canal_entrada": "KFC"},
    ]
    preprocess(write_raw(folder / "raw.csv", rows), folder / "clean.parquet", progress=False)
    return folder / "clean.parquet"


def test_words_hold_flags_presence_activity_relation_and_segment(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet")
    history = load_histories(tmp_path / "histories.parquet")
    present, active, unknown = int(PRESENT), int(ACTIVE), int(UNKNOWN)
    usual = present | active | code("A", "PARTICULARES")
    assert history.user_id.tolist() == [4, 30, 500]
    assert history.months == (JANUARY, FEBRUARY, MARCH)
    assert history.words.tolist() == [
        [
            present | active | code("I", "TOP") | bit(RECIBO),
            present | unknown | code("A", "PARTICULARES") | bit(CCO),
            # R counts as P; the segment of March is filled with the most frequent.
            present | active | code("P", "PARTICULARES"),
        ],
        [usual | bit(CCO), 0, usual],
        [0, 0, usual],
    ]
    assert str(pq.read_schema(tmp_path / "histories.parquet").field("word_2015_01_28").type) == "int32"


def test_the_profile_is_of_the_first_month_and_last_of_the_last(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet")
    four, thirty, five_hundred = load_histories(tmp_path / "histories.parquet").profile.to_pylist()
    assert list(four) == [*PROFILE, *LAST]
    assert (thirty["age"], thirty["renta"], thirty["cod_prov"]) == (81, None, 15), "no later month is seen"
    assert (thirty["last_age"], thirty["last_deceased"]) == (82, True)
    assert (four["age"], four["last_age"], four["last_deceased"], four["renta"]) == (35, 36, False, 87218.1)
    assert (thirty["last_indresi"], thirty["last_cod_prov"]) == ("S", 8)
    assert (five_hundred["canal_entrada"], five_hundred["renta"]) == ("KFC", 1000.0)
    assert four["fecha_alta"] == date(2012, 8, 10)


def test_what_comes_after_as_of_changes_nothing(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "early.parquet", as_of=FEBRUARY)
    build_histories(clean, tmp_path / "all.parquet")
    early, whole = load_histories(tmp_path / "early.parquet"), load_histories(tmp_path / "all.parquet")
    assert early.user_id.tolist() == [4, 30], "who joins later is not there"
    assert np.array_equal(early.words, whole.words[:2, :2])
    assert early.profile.select(list(PROFILE)).equals(whole.profile.select(list(PROFILE)).slice(0, 2))
    assert early.profile["last_deceased"].to_pylist() == [False, False]
    assert early.profile["last_age"].to_pylist() == [35, 81]


def test_batches_together_are_the_whole(small_bank: Path, tmp_path: Path) -> None:
    preprocess(small_bank / "raw.csv", tmp_path / "clean.parquet", progress=False)
    build_histories(tmp_path / "clean.parquet", tmp_path / "histories.parquet")
    whole = load_histories(tmp_path / "histories.parquet")
    batches = list(read_histories(tmp_path / "histories.parquet", batch=333))
    assert max(len(batch) for batch in batches) <= 333
    assert np.array_equal(np.concatenate([batch.words for batch in batches]), whole.words)
    assert np.all(np.diff(whole.user_id) > 0)
    rows = pq.read_table(tmp_path / "clean.parquet", columns=["ncodpers", CCO])
    assert int(((whole.words & PRESENT) != 0).sum()) == len(rows)
    assert int(unpack(whole.words)[..., BIT[CCO]].sum()) == sum(rows[CCO].to_pylist())


def test_months_are_told_and_a_gap_or_a_file_of_another_kind_is_refused(clean: Path, tmp_path: Path) -> None:
    assert months_of(clean) == [JANUARY, FEBRUARY, MARCH]
    with pytest.raises(InputError, match="does not exist"):
        months_of(tmp_path / "nowhere.parquet")
    rows = [{"fecha_dato": "2015-01-28"}, {"fecha_dato": "2015-03-28"}]
    preprocess(write_raw(tmp_path / "raw.csv", rows), tmp_path / "gap.parquet", progress=False)
    with pytest.raises(InputError, match="no month between 2015-01 and 2015-03"):
        months_of(tmp_path / "gap.parquet")
    (tmp_path / "text.parquet").write_text("not parquet", encoding="utf-8")
    with pytest.raises(InputError, match="not a file of clean snapshots"):
        months_of(tmp_path / "text.parquet")


@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=40), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_ranges_hold_every_row_once_in_the_order_of_customers(
    tmp_path_factory: pytest.TempPathFactory, customers: list[int], at_most: int
) -> None:
    path = tmp_path_factory.mktemp("ranges") / "clean.parquet"
    pq.write_table(pa.table({CUSTOMER: pa.array(customers, pa.int64())}), path)
    with connect() as connection:
        parts = ranges(read_parquet(connection, path), at_most)
        found = [part.to_pyarrow()[CUSTOMER].to_pylist() for part in parts]
    assert sorted(customers) == [customer for part in found for customer in sorted(part)]
    assert all(part for part in found), "no empty range is grouped"


def test_a_bank_in_many_ranges_has_the_histories_of_one_in_a_single_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(1_000, 1, tmp_path / "raw.csv", progress=False)
    preprocess(tmp_path / "raw.csv", tmp_path / "clean.parquet", progress=False)
    build_histories(tmp_path / "clean.parquet", tmp_path / "whole.parquet")
    monkeypatch.setattr("bankrec.build_histories.GROUPED_AT_ONCE", 2_000)
    build_histories(tmp_path / "clean.parquet", tmp_path / "parts.parquet")
    assert pq.read_metadata(tmp_path / "parts.parquet").num_row_groups > 1
    assert pq.read_table(tmp_path / "parts.parquet").equals(pq.read_table(tmp_path / "whole.parquet"))
