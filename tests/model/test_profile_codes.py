"""Codes of channels and provinces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.model.profile_codes import channel_codes, commonest_channels, province_codes


def with_profile(history: History, name: str, values: pa.Array) -> History:
    return replace(history, profile=history.profile.set_column(history.profile.column_names.index(name), name, values))


def test_codes_by_hand(make) -> None:
    bank = with_profile(make(4, 2), "canal_entrada", pa.array(["KHE", "KAT", "XXX", None]))
    bank = with_profile(bank, "cod_prov", pa.array([28, 0, 60, 52], pa.int8()))
    assert channel_codes(bank, np.array(["KAT", "KHE"])).tolist() == [1, 0, 2, 2], "2: any other, and none"
    assert province_codes(bank).tolist() == [28, 0, 0, 52]


def test_the_commonest_channels_are_of_those_present_and_sorted(history_of) -> None:
    names = [f"K{number:02}" for number in range(5 + 2)]
    words = np.full((2 * len(names) - 2, 1), PRESENT, np.uint64)
    words[-1] = 0
    channels = [*names, *names[2:]]  # the first two are rarer than all others, and the last is absent once
    found = commonest_channels(with_profile(history_of(words), "canal_entrada", pa.array(channels)), 5).tolist()
    assert found == sorted(names[2:-1] + names[:1]), "of the rare ones the first in the alphabet"
