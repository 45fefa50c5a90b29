"""A frame of snapshots and histories say the same; what else comes is refused in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.cleaning.snapshot_frame import column_types, expected_columns, frame_of, history_of, optional_columns
from bankrec.errors import InputError
from bankrec.history import History
from bankrec.holdings import PRESENT, UNKNOWN
from tests.histories import history, random_words
from tests.other_bank import BARE, OTHER, other_history
from tests.santander import BANK

FEATURES = [{"name": "visits"}, {"name": "channel", "kind": "category", "values": ["web", "branch"]}]
WITH_FEATURES: Bank = bank_from(OTHER.as_dict() | {"name": "features", "features": FEATURES}, "features")


def with_features(seed: int = 0) -> History:
    made, rng = other_history(60, 4, seed), np.random.default_rng(seed)
    there = (made.words & PRESENT) != 0
    visits = np.where(there & (rng.random(there.shape) < 0.8), rng.integers(0, 9, there.shape), np.nan)
    channel = np.where(there, rng.integers(0, 3, there.shape), np.nan)
    own = {"visits": visits.astype(np.float32), "channel": channel.astype(np.float32)}
    return replace(made, bank=WITH_FEATURES, own=own)


def seen(of: History) -> History:
    """A history as snapshots may give one.

    Without customers who have no row in any month; what is kept of the first month is what that month states.
    """
    some = of.take(((of.words & PRESENT) != 0).any(axis=1))
    again = history_of(frame_of(some), some.bank)
    assert (again.words == some.words).all()
    return again


def assert_same(one: History, other: History) -> None:
    assert one.months == other.months and one.user_id.tolist() == other.user_id.tolist()
    assert (one.words == other.words).all() and (one.persons == other.persons).all()
    for name in one.profile.column_names:
        left, right = (of.profile[name].to_pandas() for of in (one, other))
        assert (left.isna() == right.isna()).all() and (left == right)[left.notna()].all(), name
    for name, values in one.own.items():
        assert np.array_equal(values, other.own[name], equal_nan=True), name


@pytest.mark.parametrize("seed", [1, 2])
def test_a_frame_says_what_its_history_says(seed: int) -> None:
    for made in (
        history(random_words(40, 4, seed), seed),
        other_history(40, 4, seed),
        other_history(40, 4, seed, BARE),
    ):
        made = seen(made)
        assert_same(made, history_of(frame_of(made), made.bank))


def test_unknown_holdings_and_own_features_come_back() -> None:
    for made in (seen(history(random_words(30, 4))), seen(other_history(30, 4))):
        words = made.words.copy()
        words[::3, 1] |= np.where(words[::3, 1] & PRESENT, UNKNOWN, np.uint64(0))
        made = replace(made, words=words)
        assert_same(made, history_of(frame_of(made), made.bank))
    made = seen(with_features())
    assert_same(made, history_of(frame_of(made), made.bank))


def test_what_an_engineer_writes_is_read_in_any_type() -> None:
    """Dates as text, flags as booleans, whole numbers as floats, rows in any order, columns that nobody asks for."""
    made = seen(history(random_words(30, 4)))
    frame = frame_of(made)
    free = frame.assign(
        fecha_dato=frame["fecha_dato"].astype(str),
        ind_cco_fin_ult1=frame["ind_cco_fin_ult1"].astype(bool),
        ind_recibo_ult1=frame["ind_recibo_ult1"].astype("float64"),
        cod_prov=frame["cod_prov"].astype("float64"),
        branch="north",
    ).sample(frac=1, random_state=0)
    assert_same(made, history_of(free.drop(columns=sorted(optional_columns(BANK) - {"renta_imputed"})), BANK))


def test_an_imputed_number_is_unknown() -> None:
    made = seen(history(random_words(30, 4)))
    guessed = history_of(frame_of(made).assign(renta_imputed=True), BANK)
    assert np.isnan(guessed.profile["renta"].to_numpy()).all()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: f.drop(columns=["age", "segmento"]), "columns missing: segmento, age; expected: clean"),
        (lambda f: f.head(0), "there is no row; expected: clean snapshots of santander"),
        (lambda f: f.assign(ind_cco_fin_ult1=2), "column ind_cco_fin_ult1 .a product. has other values than 0 and 1"),
        (
            lambda f: f.assign(ind_cco_fin_ult1="yes"),
            "column ind_cco_fin_ult1 .a product. must be an integer or",
        ),
        (lambda f: f.assign(fecha_dato="May"), "column fecha_dato .the snapshot date. must be a date"),
        (lambda f: f.assign(segmento=3), "column segmento .state segment. must be text"),
        (lambda f: f.assign(ncodpers=None), "column ncodpers has rows without a value"),
        (lambda f: pd.concat([f, f.tail(1)]), "customer 1029 has several rows of 2015-04-28; expected: clean"),
        (lambda f: f[f["fecha_dato"] != "2015-02-28"], "the input has no month between 2015-01 and 2015-03"),
    ],
)
def test_anything_else_is_refused_in_words(harm, message: str) -> None:
    frame = frame_of(seen(history(random_words(30, 4) | PRESENT)))
    with pytest.raises(InputError, match=message):
        history_of(harm(frame), BANK)


def test_columns_are_the_banks_own_and_never_a_months() -> None:
    names = [name for name, _ in column_types(WITH_FEATURES)]
    assert names == list(expected_columns(WITH_FEATURES))
    assert names[:2] == ["client", "month_end"] and names[-2:] == ["visits", "channel"]
    assert "antiguedad" not in expected_columns(BANK), "months as a customer are counted from the date"
