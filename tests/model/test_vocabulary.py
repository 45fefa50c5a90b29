"""Codes of categories, and the values of open ones that are distinguished."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from bankrec.bank.description import Bank
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.model.vocabulary import category_codes, learn_vocabulary
from tests.other_bank import BARE, OTHER, other_history
from tests.santander import BANK


def with_profile(history: History, name: str, values: pa.Array) -> History:
    return replace(history, profile=history.profile.set_column(history.profile.column_names.index(name), name, values))


def fewer(bank: Bank, name: str, commonest: int) -> Bank:
    """The bank with so many values of its open category `name`."""
    less = [one.model_copy(update={"commonest": commonest}) if one.name == name else one for one in bank.profile]
    return bank.model_copy(update={"profile": tuple(less)})


def codes_of(history: History, name: str, vocabulary: dict[str, np.ndarray]) -> tuple[int, list[int]]:
    column = next(one for one in history.bank.profile if one.name == name)
    size, codes = category_codes(history, column, vocabulary)
    return size, codes.tolist()


def test_codes_by_hand(make) -> None:
    bank = with_profile(make(4, 2), "canal_entrada", pa.array(["KHE", "KAT", "XXX", None]))
    bank = with_profile(bank, "cod_prov", pa.array([28, 0, 60, 52], pa.int8()))
    known = {"channel": np.array(["KAT", "KHE"])}
    assert codes_of(bank, "channel", known) == (3, [1, 0, 2, 2]), "2: any other, and none"
    assert codes_of(bank, "province", known) == (60, [28, 0, 0, 52]), "0: not known"


def test_the_commonest_channels_are_of_those_present_and_sorted(history_of) -> None:
    names = [f"K{number:02}" for number in range(5 + 2)]
    words = np.full((2 * len(names) - 2, 1), PRESENT, np.uint64)
    words[-1] = 0
    channels = [*names, *names[2:]]  # the first two are rarer than all others, and the last is absent once
    history = replace(
        with_profile(history_of(words), "canal_entrada", pa.array(channels)), bank=fewer(BANK, "channel", 5)
    )
    learned = learn_vocabulary(history)["channel"].tolist()
    assert learned == sorted(names[2:-1] + names[:1]), "of the rare ones the first in the alphabet"


def test_each_open_category_that_models_see_has_a_vocabulary(make) -> None:
    """The country of the default bank is open too, and kept from the models."""
    assert set(learn_vocabulary(make(20, 2))) == {"channel"}
    assert {name: len(values) for name, values in learn_vocabulary(other_history(200)).items()} == {"branch": 3}
    assert learn_vocabulary(other_history(20, bank=BARE)) == {}
    nobody = replace(other_history(3), words=np.zeros((3, 6), np.uint64))
    assert learn_vocabulary(nobody)["branch"].tolist() == []


def test_categories_of_whole_numbers_and_of_none(make) -> None:
    """Numbers are compared as numbers, whatever width the snapshots have them in."""
    for kind in (pa.int8(), pa.int16(), pa.int64()):
        bank = with_profile(make(3, 2), "cod_prov", pa.array([1, None, 59], kind))
        assert codes_of(bank, "province", {}) == (60, [1, 0, 59])
    bank = with_profile(other_history(2), "branch", pa.array(["north", None]))
    assert codes_of(bank, "branch", {"branch": np.array([], dtype=np.str_)}) == (1, [0, 0])
    assert OTHER.profile[2].commonest == 3
