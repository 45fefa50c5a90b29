"""Clean snapshots to histories, on three customers that can be followed by hand."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from banks import write_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.bank.files import bank_from
from bankrec.cleaning.histories import build_histories, load_histories, months_of, ranges, read_histories, within
from bankrec.cleaning.preprocess import preprocess
from bankrec.errors import InputError
from bankrec.evaluation.groupings import groupings
from bankrec.history import ages, died
from bankrec.holdings import PRESENT, UNKNOWN, unpack
from bankrec.rules import builtin
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.offerable import Offerable
from bankrec.santander.columns import CUSTOMER
from bankrec.simulator.simulate import simulate
from bankrec.storage.engine import connect, read_parquet
from tests.santander import ACTIVE, BANK, BIT, person, relation, segment

JANUARY, FEBRUARY, MARCH = (date(2015, month, 28) for month in (1, 2, 3))
CCO, RECIBO, PAYROLL = "ind_cco_fin_ult1", "ind_recibo_ult1", "ind_nomina_ult1"


def bit(column: str) -> int:
    return 1 << BIT[column]


ACTIVE_ONE, INACTIVE_ONE, FORMER = (int(relation(code)) for code in (1, 2, 3))  # A, I and P in the raw file
TOP, PARTICULARES = (int(segment(code)) for code in (1, 2))
PROFILE = [column.column for column in BANK.kept]


def same(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables are equal; nan is equal to nan."""
    return one.schema.equals(other.schema) and one.to_pandas().equals(other.to_pandas())


def of(stated: np.ndarray, name: str) -> list[Any]:
    """The profile columns stored by month, by name."""
    return BANK.stated_fields[name].of(stated).tolist()


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
    preprocess(write_raw(folder / "raw.csv", rows), folder / "clean.parquet")
    return folder / "clean.parquet"


def test_words_hold_flags_presence_activity_relation_and_segment(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet", BANK)
    history = load_histories(tmp_path / "histories.parquet", BANK)
    present, active, unknown = int(PRESENT), int(ACTIVE), int(UNKNOWN)
    usual = present | active | ACTIVE_ONE | PARTICULARES
    assert history.user_id.tolist() == [4, 30, 500]
    assert history.months == (JANUARY, FEBRUARY, MARCH)
    assert history.words.tolist() == [
        [
            present | active | INACTIVE_ONE | TOP | bit(RECIBO),
            present | unknown | ACTIVE_ONE | PARTICULARES | bit(CCO),
            # R counts as P; the segment of March is filled with the most frequent.
            present | active | FORMER | PARTICULARES,
        ],
        [usual | bit(CCO), 0, usual],
        [0, 0, usual],
    ]
    assert str(pq.read_schema(tmp_path / "histories.parquet").field("word_2015_01_28").type) == "int64"


def test_the_profile_is_of_the_first_month(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet", BANK)
    four, thirty, five_hundred = load_histories(tmp_path / "histories.parquet", BANK).profile.to_pylist()
    assert list(four) == PROFILE
    assert (thirty["age"], thirty["cod_prov"]) == (81, 15) and np.isnan(thirty["renta"]), "no later month is seen"
    assert (four["age"], four["renta"]) == (35, 87218.1)
    assert (five_hundred["canal_entrada"], five_hundred["renta"]) == ("KFC", 1000.0)
    assert four["fecha_alta"] == date(2012, 8, 10)


def test_what_each_snapshot_states_of_the_person(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "histories.parquet", BANK)
    stated = load_histories(tmp_path / "histories.parquet", BANK).persons
    assert of(stated, "age") == [[35, 35, 36], [81, 0, 82], [0, 0, 35]]
    assert of(stated, "province") == [[15, 15, 15], [15, 0, 8], [0, 0, 15]]
    assert of(stated, "deceased") == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert of(stated[1], "residence") == [1, 0, 1], "S, absent, and S, of the dead too"
    assert str(pq.read_schema(tmp_path / "histories.parquet").field("person_2015_01_28").type) == "int64"


def test_every_value_stored_by_month_has_its_bits(tmp_path: Path) -> None:
    numbers, texts = ((0, 1), (17, 52), (120, 99)), {"S": 1, "N": 2, "": 0, "X": 0}
    wanted = list(product(numbers, texts))
    rows = [
        {"ncodpers": str(user), "age": str(age), "cod_prov": str(province), "indresi": residence}
        for user, ((age, province), residence) in enumerate(wanted)
    ]
    preprocess(write_raw(tmp_path / "raw.csv", rows), tmp_path / "clean.parquet")
    build_histories(tmp_path / "clean.parquet", tmp_path / "histories.parquet", BANK)
    stored = load_histories(tmp_path / "histories.parquet", BANK).persons[:, 0]
    years = [age for (age, _), _ in wanted]
    provinces = [province if province <= 59 else 0 for (_, province), _ in wanted]
    places = [texts[residence] for _, residence in wanted]
    assert (of(stored, "age"), of(stored, "province"), of(stored, "residence")) == (years, provinces, places)
    assert not any(of(stored, "deceased"))
    letters = [residence if texts[residence] else "" for _, residence in wanted]
    assert np.array_equal(person(years, provinces, letters), stored)
    assert all(of(person(years, deceased=True), "deceased"))


def test_what_comes_after_as_of_changes_nothing(clean: Path, tmp_path: Path) -> None:
    build_histories(clean, tmp_path / "early.parquet", BANK, as_of=FEBRUARY)
    build_histories(clean, tmp_path / "all.parquet", BANK)
    early, whole = load_histories(tmp_path / "early.parquet", BANK), load_histories(tmp_path / "all.parquet", BANK)
    assert early.user_id.tolist() == [4, 30], "customers who join later are not there"
    assert np.array_equal(early.words, whole.words[:2, :2])
    assert same(early.profile.select(PROFILE), whole.profile.select(PROFILE).slice(0, 2))
    assert np.array_equal(early.persons, whole.until(2).persons[:2])
    assert ages(early).tolist() == ages(whole.until(2))[:2].tolist() == [35, 81]
    assert died(whole)[1] and not died(early).any()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean snapshots of a simulated bank whose customers turn 18, die and move in the middle of its months."""
    folder = tmp_path_factory.mktemp("moving")
    simulate(1_000, 1, folder / "raw.csv")
    preprocess(folder / "raw.csv", folder / "clean.parquet")
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
    return read_eligibility(folder / "own.toml", BANK)


@pytest.mark.parametrize("t", [1, 6, 11, 16])
def test_the_rules_of_a_slice_of_the_past_are_those_that_were_published_then(
    bank: Path, tmp_path: Path, t: int
) -> None:
    months = months_of(bank, BANK)
    build_histories(bank, tmp_path / "whole.parquet", BANK)
    build_histories(bank, tmp_path / "then.parquet", BANK, as_of=months[t - 1])
    then = load_histories(tmp_path / "then.parquet", BANK)
    past = load_histories(tmp_path / "whole.parquet", BANK).until(t)
    past = past.take(np.isin(past.user_id, then.user_id))
    tables = Offerable(np.zeros(24, np.bool_), np.arange(24) == 5, np.zeros(24, np.bool_))
    for rule in (*builtin.RULES, *own_rules(tmp_path)):
        assert np.array_equal(rule.barred(past, tables), rule.barred(then, tables)), rule.name


@pytest.mark.parametrize("t", [3, 9])
def test_no_profile_value_crosses_from_a_later_month(bank: Path, tmp_path: Path, t: int) -> None:
    rows = pq.read_table(bank).to_pandas()
    later = rows["fecha_dato"] >= months_of(bank, BANK)[t]
    rows.loc[later, ["age", "indfall", "indresi", "cod_prov"]] = [120, "S", "N", 99]
    changed = tmp_path / "changed.parquet"
    pq.write_table(pa.Table.from_pandas(rows, pq.read_schema(bank), preserve_index=False), changed)
    pairs = []
    for name, data in (("as it was", bank), ("changed", changed)):
        build_histories(data, tmp_path / f"{name}.parquet", BANK)
        whole = load_histories(tmp_path / f"{name}.parquet", BANK)
        there = (whole.words[:, :t] & PRESENT).any(axis=1)
        pairs.append((whole.until(t).take(there), whole.take(there)))
    (past, whole), (other, changed_whole) = pairs
    assert np.array_equal(past.persons, other.persons) and np.array_equal(past.stated(), other.stated())
    assert same(past.profile, other.profile)
    for name, groups in groupings(whole, t).items():
        assert np.array_equal(groups, groupings(changed_whole, t)[name]), name
    assert not np.array_equal(whole.stated(), changed_whole.stated()), "the later months do differ"


def test_batches_together_are_the_whole(small_bank: Path, tmp_path: Path) -> None:
    preprocess(small_bank / "raw.csv", tmp_path / "clean.parquet")
    build_histories(tmp_path / "clean.parquet", tmp_path / "histories.parquet", BANK)
    whole = load_histories(tmp_path / "histories.parquet", BANK)
    batches = list(read_histories(tmp_path / "histories.parquet", BANK, batch=333))
    assert max(len(batch) for batch in batches) <= 333
    assert np.array_equal(np.concatenate([batch.words for batch in batches]), whole.words)
    assert np.all(np.diff(whole.user_id) > 0)
    rows = pq.read_table(tmp_path / "clean.parquet", columns=["ncodpers", CCO])
    assert int(((whole.words & PRESENT) != 0).sum()) == len(rows)
    assert int(unpack(whole.words, BANK.n)[..., BIT[CCO]].sum()) == sum(rows[CCO].to_pylist())


def test_months_are_read_and_a_gap_or_a_file_of_another_kind_is_refused(clean: Path, tmp_path: Path) -> None:
    assert months_of(clean, BANK) == [JANUARY, FEBRUARY, MARCH]
    with pytest.raises(InputError, match="does not exist"):
        months_of(tmp_path / "nowhere.parquet", BANK)
    rows = [{"fecha_dato": "2015-01-28"}, {"fecha_dato": "2015-03-28"}]
    preprocess(write_raw(tmp_path / "raw.csv", rows), tmp_path / "gap.parquet")
    with pytest.raises(InputError, match="no month between 2015-01 and 2015-03"):
        months_of(tmp_path / "gap.parquet", BANK)
    (tmp_path / "text.parquet").write_text("not parquet", encoding="utf-8")
    with pytest.raises(InputError, match="not a parquet file of clean snapshots"):
        months_of(tmp_path / "text.parquet", BANK)


@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=40), st.integers(1, 12))
@settings(max_examples=25)
def test_ranges_hold_every_row_once_in_the_order_of_customers(
    tmp_path_factory: pytest.TempPathFactory, customers: list[int], at_most: int
) -> None:
    path = tmp_path_factory.mktemp("ranges") / "clean.parquet"
    pq.write_table(pa.table({CUSTOMER: pa.array(customers, pa.int64())}), path)
    with connect() as connection:
        clean = read_parquet(connection, path)
        parts = [within(clean, part, CUSTOMER) for part in ranges(clean, at_most, CUSTOMER)]
        groups = [part.to_pyarrow()[CUSTOMER].to_pylist() for part in parts]
    assert sorted(customers) == [customer for part in groups for customer in sorted(part)]
    assert all(part for part in groups), "no empty range is grouped"


def test_a_bank_in_many_ranges_has_the_histories_of_one_in_a_single_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(1_000, 1, tmp_path / "raw.csv")
    preprocess(tmp_path / "raw.csv", tmp_path / "clean.parquet")
    build_histories(tmp_path / "clean.parquet", tmp_path / "whole.parquet", BANK)
    monkeypatch.setattr("bankrec.cleaning.histories.GROUPED_AT_ONCE", 2_000)
    build_histories(tmp_path / "clean.parquet", tmp_path / "parts.parquet", BANK)
    assert pq.read_metadata(tmp_path / "parts.parquet").num_row_groups > 1
    assert same(pq.read_table(tmp_path / "parts.parquet"), pq.read_table(tmp_path / "whole.parquet"))


OWN = bank_from(
    {
        "name": "own",
        "currency": "USD",
        "languages": ["en"],
        "customer": "client",
        "month": "day",
        "products": [{"id": name, "names": {"en": name}, "group": "accounts"} for name in ("a", "b", "c")],
        "states": [
            {"name": "plan", "column": "plan", "kind": "category", "values": ["x", "y"], "same_as": {"old": "y"}},
            {"name": "app", "column": "app", "kind": "flag", "yes": "Y", "activity": True},
        ],
        "profile": [
            {"name": "age", "column": "age", "kind": "number", "role": "age", "by_month": True, "largest": 99,
             "bands": {"edges": [30]}},
            {"name": "branch", "column": "branch", "kind": "category", "values": [7, 9], "by_month": True},
            {"name": "staff", "column": "staff", "kind": "flag"},
        ],
    },
    "own",
)  # fmt: skip


def own_snapshots(**changes: list[Any]) -> pa.Table:
    """Customer 1 in two months, customer 2 in the first: values of their columns, and nulls."""
    day = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 1, 31)]
    columns = {"client": [1, 1, 2], "a": [1, None, 0], "b": [0, 1, 1], "c": [0, 0, 0]}
    columns |= {"plan": ["old", "z", None], "app": ["Y", "N", None], "age": [140, 41, None], "branch": [9, 8, None]}
    columns |= {"staff": [True, False, None]} | changes
    return pa.table({"day": pa.array(day, pa.date32()), **columns})


def test_snapshots_of_a_bank_without_an_adapter(tmp_path: Path) -> None:
    """A missing flag is not held and makes the holdings of its month unknown; other nulls are codes of their own."""
    pq.write_table(own_snapshots(), tmp_path / "own.parquet")
    assert build_histories(tmp_path / "own.parquet", tmp_path / "histories.parquet", OWN) == 2
    past = load_histories(tmp_path / "histories.parquet", OWN)
    plan, app = OWN.state_fields["plan"], OWN.state_fields["app"]
    first = [int(PRESENT | plan.put(2) | app.put(1)) | 0b001, int(PRESENT) | 0b010]
    assert past.words.tolist() == [[first[0], int(PRESENT | UNKNOWN) | 0b010], [first[1], 0]]
    assert {name: field.of(past.persons).tolist() for name, field in OWN.stated_fields.items()} == {
        "age": [[99, 41], [100, 0]],  # 140 counts as the largest, what is not known is above it
        "branch": [[2, 0], [0, 0]],
    }
    assert past.profile["staff"].to_pylist() == [1, -1]


def test_holdings_may_be_marked_as_unknown_in_a_column(tmp_path: Path) -> None:
    marked = OWN.model_copy(update={"holdings_unknown": "guess"})
    pq.write_table(own_snapshots(guess=[False, True, False]), tmp_path / "own.parquet")
    build_histories(tmp_path / "own.parquet", tmp_path / "histories.parquet", marked)
    words = load_histories(tmp_path / "histories.parquet", marked).words
    assert ((words & UNKNOWN) != 0).tolist() == [[False, True], [False, False]]
    assert unpack(words, OWN.n).astype(int).tolist() == [[[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 0]]]
