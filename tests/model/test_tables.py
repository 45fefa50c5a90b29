"""Codes of channels and provinces, and tables that are looked up by word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from bankrec.model.tables import CHANNELS, Tables, channel_codes, commonest_channels, province_codes

from bankrec.history import History
from bankrec.holdings import PRESENT


def with_profile(history: History, name: str, values: pa.Array) -> History:
    return replace(history, profile=history.profile.set_column(history.profile.column_names.index(name), name, values))


def test_codes_by_hand(make) -> None:
    bank = with_profile(make(4, 2), "canal_entrada", pa.array(["KHE", "KAT", "XXX", None]))
    bank = with_profile(bank, "cod_prov", pa.array([28, 0, 60, 52], pa.int8()))
    assert channel_codes(bank, np.array(["KAT", "KHE"])).tolist() == [1, 0, 2, 2], "2: any other, and none"
    assert province_codes(bank).tolist() == [28, 0, 0, 52]


def test_the_commonest_channels_are_of_those_present_and_sorted(history_of) -> None:
    names = [f"K{number:02}" for number in range(CHANNELS + 2)]
    words = np.full((2 * len(names) - 2, 1), PRESENT, np.uint32)
    words[-1] = 0
    channels = [*names, *names[2:]]  # the first two are rarer than all others, and the last is absent once
    found = commonest_channels(with_profile(history_of(words), "canal_entrada", pa.array(channels))).tolist()
    assert found == sorted(names[2:-1] + names[:1]), "of the rare ones the first in the alphabet"


def test_a_word_never_seen_has_no_lift() -> None:
    words, none = np.array([3, 7], np.uint32), np.zeros((1, 24))
    tables = Tables(
        level=np.zeros(24), cell=none, baskets=words, basket=np.array([[1.0] * 24, [2.0] * 24]), drops=words[:1],
        dropped=np.full((1, 24), 5.0), channels=np.array(["KHE"]), channel=none, province=none, items=none,
    )  # fmt: skip
    assert tables.of_baskets(np.array([7, 4, 3, 9], np.uint32))[:, 0].tolist() == [2.0, 0.0, 1.0, 0.0]
    assert tables.of_drops(np.array([3, 7], np.uint32))[:, 23].tolist() == [5.0, 0.0]
    assert set(Tables.names()) == set(vars(tables))
