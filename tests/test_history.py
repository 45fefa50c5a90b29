"""Histories: words and what is stated by month, the doors to the past, what a bank may leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.evaluation.tables import acquisitions_by_month
from bankrec.history import (
    History,
    acquisitions,
    active,
    age_bands,
    age_is_known,
    ages,
    died,
    first_ages,
    held,
    person_column,
    present,
    segment_codes,
    state,
    stated,
    word_column,
    word_months,
)
from bankrec.holdings import PRESENT, UNKNOWN, all_held
from tests.histories import to_frame
from tests.other_bank import BARE, OTHER, other_history
from tests.santander import BANK, person, relation, segment, word


def history(words: list[list[int]]) -> History:
    n, months = len(words), [date(2015, month + 1, 28) for month in range(len(words[0]))]
    columns = {"user_id": pa.array(range(n), pa.int64())}
    for position, month in enumerate(months):
        columns[word_column(month)] = pa.array([row[position] for row in words], pa.int32())
        columns[person_column(month)] = pa.array([30 + position] * n, pa.int32())
    for column in BANK.kept:
        value = {"age": 30, "cod_prov": 28, "fecha_alta": date(2014, 1, 1), "renta": None}.get(column.column, "x")
        columns[column.column] = pa.array([value] * n)
    return History.from_arrow(pa.table(columns), BANK)


def test_word_columns_name_their_month() -> None:
    months = (date(2015, 1, 28), date(2016, 5, 28))
    assert word_months([word_column(month) for month in reversed(months)]) == months


def test_until_is_the_months_before() -> None:
    whole = history([[1, 2, 3], [4, 5, 6]])
    seen = whole.until(2)
    assert seen.words.tolist() == [[1, 2], [4, 5]]
    assert seen.months == whole.months[:2]
    assert BANK.stated_fields["age"].of(seen.persons).tolist() == [[30, 31]] * 2


@pytest.mark.parametrize("t", [0, -1, 4])
def test_until_refuses_a_month_outside_the_history(t: int) -> None:
    with pytest.raises(IndexError, match="target month"):
        history([[1, 2, 3]]).until(t)


def test_a_table_that_is_not_histories_says_what_is_missing() -> None:
    with pytest.raises(KeyError, match="columns user_id"):
        History.from_arrow(pa.table({"a": [1]}), BANK)
    whole = to_frame(history([[1, 2]]))
    with pytest.raises(KeyError, match="columns person_2015_02_28 are missing"):
        History.from_arrow(pa.Table.from_pandas(whole.drop(columns="person_2015_02_28")), BANK)


def test_a_frame_of_histories_is_read_back() -> None:
    whole = history([[1, 2, 3], [4, 5, 6]])
    again = History.from_arrow(pa.Table.from_pandas(to_frame(whole), preserve_index=False), BANK)
    assert np.array_equal(again.words, whole.words) and np.array_equal(again.persons, whole.persons)


@pytest.mark.parametrize("bank", [OTHER, BARE], ids=lambda bank: bank.name)
def test_histories_of_any_bank_are_read_back(bank: Bank) -> None:
    whole = other_history(30, 3, bank=bank)
    again = History.from_arrow(pa.Table.from_pandas(to_frame(whole), preserve_index=False), bank)
    assert np.array_equal(again.words, whole.words) and np.array_equal(again.persons, whole.persons)
    assert again.persons.dtype == bank.stated_type and again.profile.column_names == whole.profile.column_names
    parts = History.joined(whole.batches(7))
    assert np.array_equal(parts.words, whole.words) and len(parts) == 30


def test_the_highest_bits_are_kept_in_a_frame() -> None:
    """A word goes through signed integers, as engines keep it."""
    words = np.array([[PRESENT | UNKNOWN | all_held(48)]], np.uint64)
    whole = replace(other_history(1, 1, bank=BARE), words=words)
    again = History.from_arrow(pa.Table.from_pandas(to_frame(whole), preserve_index=False), BARE)
    assert again.words.tolist() == words.tolist() and again.words.dtype == np.uint64


def test_what_the_last_month_says_by_hand() -> None:
    """Two customers: the second is absent in the last month and was dead in the month before."""
    first, second = word(0, active=True, segment_code=3), word(1, 2, segment_code=1) | relation(2)[()]
    words = np.array([[first, second], [word(5), 0]], np.uint64)
    persons = np.array([[person(17), person(18, 28)], [person(90, 3, deceased=True), 0]], np.uint16)
    whole = replace(history([[1, 1], [1, 1]]), words=words, persons=persons)
    assert present(whole).tolist() == [True, False] and np.flatnonzero(held(whole)[0]).tolist() == [1, 2]
    assert segment_codes(whole).tolist() == [1, 0] and segment_codes(whole.until(1)).tolist() == [3, 0]
    assert state(whole, "relation").tolist() == [2, 0]
    assert active(whole).tolist() == [[True, False], [False, False]]
    assert ages(whole).tolist() == [18, 90] and stated(whole, "province").tolist() == [28, 3]
    assert first_ages(whole).tolist() == [30, 30] and age_is_known(whole).all()
    assert died(whole).tolist() == [False, True]


def test_a_bank_without_segment_age_and_activity_has_one_segment_and_nobody_is_active_or_dead() -> None:
    whole = other_history(5, 3)
    assert segment_codes(whole).tolist() == [0] * 5 and OTHER.segments == ("",)
    assert active(whole).shape == (5, 3) and not active(whole).any() and not died(whole).any()
    assert not age_is_known(whole).any()
    for of_age in (ages, first_ages):
        with pytest.raises(KeyError, match="keeps no age"):
            of_age(whole)


def test_an_age_that_is_not_known_is_above_the_largest() -> None:
    may_miss = {"missing": "unknown", "largest": 126}
    profile = [one.model_copy(update=may_miss) if one.role == "age" else one for one in BANK.profile]
    bank = BANK.model_copy(update={"profile": tuple(profile)})
    whole = replace(history([[1], [1], [1]]), words=np.full((3, 1), word()), persons=person([[30], [126], [127]]))
    assert age_is_known(whole).all(), "never missing there"
    assert age_is_known(replace(whole, bank=bank)).tolist() == [True, True, False]
    assert age_bands(whole).tolist() == [2, 5, 5] and BANK.age_bands[2] == "26-35"
    assert age_bands(replace(whole, bank=bank)).tolist() == [2, 5, -1]


def test_a_bank_that_reports_nothing_by_age_has_no_bands_of_it() -> None:
    assert age_bands(other_history(5, 3)) is None and OTHER.age_bands == ()
    described = BANK.as_dict()
    described["profile"] = [
        {key: value for key, value in one.items() if key != "bands"} if one.get("role") == "age" else one
        for one in described["profile"]
    ]
    assert bank_from(described, "without").age_bands == ()


def test_acquisitions_by_month() -> None:
    """Product 3 comes in the second month and again in the fourth; who was absent the month before adds nothing."""
    whole = replace(history([[1] * 4] * 2), words=np.array([[word(2), word(2, 3), word(2), word(3, 5)],
                                                            [0, word(3), word(3), word(3)]], np.uint64))  # fmt: skip
    by_month = acquisitions(whole)
    assert {month: np.flatnonzero(counts).tolist() for month, counts in by_month.items()} == {
        "2015-02": [3], "2015-03": [], "2015-04": [3, 5]
    }  # fmt: skip
    assert sum(counts.sum() for counts in by_month.values()) == 3
    assert acquisitions(whole.until(1)) == {}


def test_acquisitions_are_those_of_the_table_by_month() -> None:
    whole = other_history(200, 5)
    table, by_month = acquisitions_by_month(whole), acquisitions(whole)
    assert list(by_month) == table.index.tolist()
    np.testing.assert_array_equal(np.stack(list(by_month.values())), table.to_numpy())


@given(st.integers(0, 127), st.integers(0, 59), st.sampled_from(["S", "N", "UNKNOWN"]), st.booleans())
def test_what_is_stated_of_a_person_is_read_back(years: int, place: int, home: str, dead: bool) -> None:
    """Age, province, residence and death in one number of the smallest width, each in bits of its own."""
    packed, fields = person(years, place, home, dead), BANK.stated_fields
    assert packed.dtype == BANK.stated_type == np.uint16
    values = [int(fields[name].of(packed)) for name in ("age", "province", "residence", "deceased")]
    assert values == [years, place, ["UNKNOWN", "S", "N"].index(home), dead]


def test_a_month_without_a_row_states_nothing() -> None:
    nothing = np.zeros(1, np.uint16)
    assert all(field.of(nothing).tolist() == [0] for field in BANK.stated_fields.values())


@given(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.sets(st.integers(0, 23)))
def test_states_stand_above_the_products(code: int, kind: int, is_active: bool, items: set[int]) -> None:
    one = word(*items, active=is_active) | segment(code)[()] | relation(kind)[()]
    fields = BANK.state_fields
    assert [int(fields[name].of(one)) for name in ("segment", "relation", "active")] == [code, kind, is_active]
    assert int(one & all_held(24)) == sum(1 << bit for bit in items)
