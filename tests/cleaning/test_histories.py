"""Clean snapshots to histories, on three customers that can be followed by hand."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from banks import write_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec import history, persons
from bankrec.cleaning.histories import build_histories, load_histories, months_of, ranges, read_histories
from bankrec.cleaning.preprocess import preprocess
from bankrec.errors import InputError
from bankrec.evaluation.groupings import groupings
from bankrec.holdings import ACTIVE, PRESENT, RELATION_SHIFT, RELATIONS, SEGMENT_SHIFT, SEGMENTS, UNKNOWN, unpack
from bankrec.rules import builtin
from bankrec.rules.eligibility import read_eligibility
from bankrec.santander.columns import BIT, CUSTOMER, PROFILE
from bankrec.simulator.simulate import simulate
from bankrec.storage.engine import connect, read_parquet

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


def test_the_profile_is_of_the_first_month(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet")
    four, thirty, five_hundred = load_histories(tmp_path / "histories.parquet").profile.to_pylist()
    assert list(four) == [*PROFILE]
    assert (thirty["age"], thirty["renta"], thirty["cod_prov"]) == (81, None, 15), "no later month is seen"
    assert (four["age"], four["renta"]) == (35, 87218.1)
    assert (five_hundred["canal_entrada"], five_hundred["renta"]) == ("KFC", 1000.0)
    assert four["fecha_alta"] == date(2012, 8, 10)


def test_what_each_snapshot_states_of_the_person(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet")
    stated = load_histories(tmp_path / "histories.parquet").persons
    assert persons.age(stated).tolist() == [[35, 35, 36], [81, 0, 82], [0, 0, 35]]
    assert persons.province(stated).tolist() == [[15, 15, 15], [15, 0, 8], [0, 0, 15]]
    assert persons.deceased(stated).tolist() == [[False] * 3, [False, False, True], [False] * 3]
    assert persons.residence(stated[1]).tolist() == ["S", "S", "UNKNOWN"], "the dead live nowhere"
    assert str(pq.read_schema(tmp_path / "histories.parquet").field("person_2015_01_28").type) == "int32"


def test_every_value_of_a_person_has_its_bits(tmp_path: Path) -> None:
    numbers, texts = ((0, 1), (17, 52), (120, 99)), {"S": "S", "N": "N", "": "UNKNOWN", "X": "UNKNOWN"}
    wanted = list(product(numbers, texts))
    rows = [
        {"ncodpers": str(user), "age": str(age), "cod_prov": str(province), "indresi": residence}
        for user, ((age, province), residence) in enumerate(wanted)
    ]
    preprocess(write_raw(tmp_path / "raw.csv", rows), tmp_path / "clean.parquet", progress=False)
    build_histories(tmp_path / "clean.parquet", tmp_path / "histories.parquet")
    found = load_histories(tmp_path / "histories.parquet").persons[:, 0]
    ages, provinces = (np.array([one[place] for one, _ in wanted]) for place in (0, 1))
    residences = [texts[residence] for _, residence in wanted]
    assert persons.age(found).tolist() == ages.tolist() and persons.province(found).tolist() == provinces.tolist()
    assert persons.residence(found).tolist() == residences and not persons.deceased(found).any()
    assert np.array_equal(persons.pack(ages, provinces, residences), found)
    assert persons.deceased(persons.pack(ages, deceased=True)).all()


def test_what_comes_after_as_of_changes_nothing(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "early.parquet", as_of=FEBRUARY)
    build_histories(clean, tmp_path / "all.parquet")
    early, whole = load_histories(tmp_path / "early.parquet"), load_histories(tmp_path / "all.parquet")
    assert early.user_id.tolist() == [4, 30], "who joins later is not there"
    assert np.array_equal(early.words, whole.words[:2, :2])
    assert early.profile.select(list(PROFILE)).equals(whole.profile.select(list(PROFILE)).slice(0, 2))
    assert np.array_equal(early.persons, whole.until(2).persons[:2])
    assert history.ages(early).tolist() == history.ages(whole.until(2))[:2].tolist() == [35, 81]
    assert history.died(whole)[1] and not history.died(early).any()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean snapshots of a simulated bank whose customers turn 18, die and move in the middle of its months."""
    folder = tmp_path_factory.mktemp("moving")
    simulate(1_000, 1, folder / "raw.csv", progress=False)
    preprocess(folder / "raw.csv", folder / "clean.parquet", progress=False)
    rows = pq.read_table(folder / "clean.parquet").to_pandas()
    months = np.unique(rows["fecha_dato"])
    number, month = rows[CUSTOMER].to_numpy() % 100, np.searchsorted(months, rows["fecha_dato"])
    for name, value, those in (
        ("age", 17, number < 20),
        ("age", 18, (number < 20) & (month > number)),  # one after the other
        ("indfall", "S", (number == 30) & (month >= 9)),
        ("indresi", "N", (number > 40) & (number < 60) & (month == number % 17)),
        ("cod_prov", 8, (number > 60) & (month > number % 17)),
    ):
        rows.loc[those, name] = value
    schema = pq.read_schema(folder / "clean.parquet")
    pq.write_table(pa.Table.from_pandas(rows, schema, preserve_index=False), folder / "clean.parquet")
    return folder / "clean.parquet"


def own_rules(folder: Path) -> tuple[builtin.Rule, ...]:
    entry = '[[eligible]]\nname = "{}"\nreason = "a test"\nproducts = ["{}"]\nwhere.{}\n'
    conditions = {"ages": "age = { min = 18, max = 55 }", "abroad": 'indresi = ["S"]', "places": "cod_prov = [8]"}
    texts = (entry.format(name, CCO, condition) for name, condition in conditions.items())
    (folder / "own.toml").write_text("".join(texts))
    return read_eligibility(folder / "own.toml")


@pytest.mark.parametrize("t", [1, 6, 11, 16])
def test_the_rules_of_a_slice_of_the_past_are_those_that_were_published_then(
    bank: Path, tmp_path: Path, t: int
) -> None:
    months = months_of(bank)
    build_histories(bank, tmp_path / "whole.parquet")
    build_histories(bank, tmp_path / "then.parquet", as_of=months[t - 1])
    then = load_histories(tmp_path / "then.parquet")
    past = load_histories(tmp_path / "whole.parquet").until(t)
    past = past.take(np.isin(past.user_id, then.user_id))
    tables: Any = SimpleNamespace(stopped=np.zeros(24, np.bool_), minors=np.arange(24) == 5)
    for rule in (*builtin.RULES, *own_rules(tmp_path)):
        assert np.array_equal(rule.barred(past, tables), rule.barred(then, tables)), rule.name


@pytest.mark.parametrize("t", [3, 9])
def test_nothing_of_the_person_crosses_from_a_later_month(bank: Path, tmp_path: Path, t: int) -> None:
    rows = pq.read_table(bank).to_pandas()
    later = rows["fecha_dato"] >= months_of(bank)[t]
    rows.loc[later, ["age", "indfall", "indresi", "cod_prov"]] = [120, "S", "N", 99]
    changed = tmp_path / "changed.parquet"
    pq.write_table(pa.Table.from_pandas(rows, pq.read_schema(bank), preserve_index=False), changed)
    found = []
    for name, data in (("as it was", bank), ("changed", changed)):
        build_histories(data, tmp_path / f"{name}.parquet")
        whole = load_histories(tmp_path / f"{name}.parquet")
        there = (whole.words[:, :t] & PRESENT).any(axis=1)
        found.append((whole.until(t).take(there), whole.take(there)))
    (past, whole), (other, changed_whole) = found
    assert np.array_equal(past.persons, other.persons) and np.array_equal(past.stated(), other.stated())
    assert past.profile.equals(other.profile)
    for name, groups in groupings(whole, t).items():
        assert np.array_equal(groups, groupings(changed_whole, t)[name]), name
    assert not np.array_equal(whole.stated(), changed_whole.stated()), "the later months do differ"


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
    with pytest.raises(InputError, match="not a parquet file of clean snapshots"):
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
    monkeypatch.setattr("bankrec.cleaning.histories.GROUPED_AT_ONCE", 2_000)
    build_histories(tmp_path / "clean.parquet", tmp_path / "parts.parquet")
    assert pq.read_metadata(tmp_path / "parts.parquet").num_row_groups > 1
    assert pq.read_table(tmp_path / "parts.parquet").equals(pq.read_table(tmp_path / "whole.parquet"))
