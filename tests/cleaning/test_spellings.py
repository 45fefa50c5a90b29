"""Texts that spell nothing, yes or no."""

from __future__ import annotations

from typing import Any

import ibis

from bankrec.cleaning.spellings import among


def test_a_list_of_values_is_asked_in_parts(engine: Any) -> None:
    table = ibis.memtable({"a": list(range(12))})
    values = engine.to_pandas(table.filter(among(table.a, (0, 3, 5, 7, 9, 11)))).a
    assert sorted(values) == [0, 3, 5, 7, 9, 11]
