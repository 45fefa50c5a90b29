"""Columns of histories from snapshots of any bank: flags, states, what is stated, the first month's profile."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.cleaning.histories import histories
from bankrec.history import History
from bankrec.holdings import PRESENT, UNKNOWN, unpack

MONTHS = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31))
BANK: dict[str, Any] = {
    "name": "small",
    "currency": "EUR",
    "languages": ["en"],
    "customer": "who",
    "month": "day",
    "products": [
        {"id": "loan", "names": {"en": "Loan"}, "group": "credit"},
        {"id": "card", "names": {"en": "Card"}, "group": "credit"},
    ],
    "states": [
        {"name": "tier", "column": "tier", "kind": "category", "values": ["a", "b"], "same_as": {"c": "b"}},
        {"name": "app", "column": "app", "kind": "flag", "yes": "y"},
    ],
    "profile": [
        {
            "name": "age",
            "column": "age",
            "kind": "number",
            "role": "age",
            "by_month": True,
            "largest": 99,
            "bands": {"edges": [18, 40]},
        },
        {"name": "town", "column": "town", "kind": "category", "commonest": 5},
        {"name": "left", "column": "left", "kind": "flag", "yes": 1, "in_models": False},
    ],
    "features": [{"name": "balance"}, {"name": "page", "kind": "category", "values": ["loans", "cards"]}],
}
ROWS = [
    {
        "who": 7,
        "day": MONTHS[0],
        "loan": 1,
        "card": 0,
        "tier": "c",
        "app": "y",
        "age": None,
        "town": None,
        "left": None,
    },
    {"who": 7, "day": MONTHS[1], "loan": 1, "card": None, "tier": "z", "app": None, "age": 130, "town": "x", "left": 1},
    {"who": 9, "day": MONTHS[2], "loan": 0, "card": 1, "tier": "a", "app": "n", "age": 30, "town": "y", "left": 0},
]
OWN = [
    {"who": 7, "day": date(2024, 1, 5), "balance": 2.5, "page": "cards"},
    {"who": 7, "day": date(2024, 3, 31), "balance": -1.0, "page": "other"},
    {"who": 8, "day": date(2024, 3, 31), "balance": 9.0, "page": "loans"},
]


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Two products, two states, three profile columns, two own features."""
    return bank_from(BANK, "small")


@pytest.fixture(scope="module")
def history(bank: Bank) -> History:
    """Customer 7 in January and February, customer 9 in March."""
    frame = pd.DataFrame(ROWS).astype({"card": "Int64", "age": "Int64", "left": "Int64"})
    clean, own = ibis.memtable(frame), ibis.memtable(pd.DataFrame(OWN))
    return History.from_arrow(histories(clean, MONTHS, bank, own).to_pyarrow(), bank)


def test_flags_that_are_null_make_the_holdings_of_the_month_unknown(history: History) -> None:
    assert history.user_id.tolist() == [7, 9]
    assert ((history.words & PRESENT) != 0).tolist() == [[True, True, False], [False, False, True]]
    assert ((history.words & UNKNOWN) != 0).tolist() == [[False, True, False], [False, False, False]]
    assert unpack(history.words, 2)[:, :, 0].tolist() == [[True, True, False], [False, False, False]]
    assert unpack(history.words, 2)[1, 2].tolist() == [False, True]


def test_states_are_codes_of_their_values(history: History, bank: Bank) -> None:
    assert bank.state_fields["tier"].of(history.words).tolist() == [[2, 0, 0], [0, 0, 1]]  # c counts as b, z as none
    assert bank.state_fields["app"].of(history.words).tolist() == [[1, 0, 0], [0, 0, 0]]


def test_an_unknown_age_is_above_the_largest(history: History, bank: Bank) -> None:
    assert bank.stated_fields["age"].of(history.persons).tolist() == [[100, 99, 0], [0, 0, 30]]


def test_an_age_above_the_largest_counts_as_that_where_none_may_be_missing() -> None:
    """What is above it must not reach the bits of the next column."""
    described = {**BANK, "profile": [{**BANK["profile"][0], "missing": "never"}, *BANK["profile"][1:]]}
    bank = bank_from(described, "small")
    clean = ibis.memtable(pd.DataFrame(ROWS).assign(age=[20, 300, 30], card=0, left=0))
    past = History.from_arrow(histories(clean, MONTHS, bank, ibis.memtable(pd.DataFrame(OWN))).to_pyarrow(), bank)
    assert bank.stated_fields["age"].of(past.persons).tolist() == [[20, 99, 0], [0, 0, 30]]


def test_the_profile_is_of_the_first_month_though_nothing_was_known_then(history: History) -> None:
    """Never of a later month, which would reveal the future to an earlier target month."""
    assert history.profile["town"].to_pylist() == ["", "y"]
    assert np.isnan(history.profile["age"].to_numpy()).tolist() == [True, False]
    assert history.profile["left"].to_pylist() == [-1, 0]


def test_own_features_are_of_their_calendar_month(history: History) -> None:
    np.testing.assert_array_equal(history.own["balance"], np.array([[2.5, np.nan, -1.0], [np.nan] * 3], np.float32))
    np.testing.assert_array_equal(history.own["page"], np.array([[2, np.nan, 0], [np.nan] * 3], np.float32))
