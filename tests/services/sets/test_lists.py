"""Ranked lists of a set: what is refused and why, whatever the batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from recommendations import RecommendationSet
from serving.sets.files import SetError
from tests.services.broken_sets import (
    change_lists,
    repeat,
    rewrite,
    swap_rows,
    table_of,
    with_column,
)
from tests.services.made_sets import sign_again, small_bank


def hold_what_is_recommended(folder: Path) -> None:
    customers = table_of(folder, "customers.parquet")
    held = customers["held"].to_numpy().copy()
    held[0] |= 1 << 23
    rewrite(folder, "customers.parquet", with_column(customers, "held", pa.array(held)))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "wrong type": (change_lists(lambda t: with_column(t, "rank", t["rank"].cast(pa.int32()))), "type"),
    "column missing": (change_lists(lambda t: t.drop_columns("score")), "type"),
    "null score": (
        change_lists(lambda t: with_column(t, "score", pa.array([None] * len(t), pa.float32()))),
        "type",
    ),
    "score above 1": (
        change_lists(lambda t: with_column(t, "score", pa.array([1.5] * len(t), pa.float32()))),
        "type",
    ),
    "strange item": (
        change_lists(
            lambda t: with_column(
                t, "item_id", pa.array(["x"] * len(t)).dictionary_encode().cast(t.schema.field("item_id").type)
            )
        ),
        "type",
    ),
    "lists unsorted": (
        change_lists(lambda t: pa.concat_tables([t.slice(7), t.slice(0, 7)])),
        "order",
    ),
    "gap in ranks": (change_lists(lambda t: pa.concat_tables([t.slice(0, 2), t.slice(3)])), "count"),
    "gap in ranks, counted": (
        lambda folder: (
            change_lists(lambda t: pa.concat_tables([t.slice(0, 2), t.slice(3)]))(folder),
            sign_again(folder, counts={"recommendations": len(table_of(folder, "recommendations.parquet"))}),
        ),
        "ranks",
    ),
    "ranks swapped": (change_lists(lambda t: swap_rows(t, 0, 1)), "ranks"),
    "product twice": (change_lists(repeat), "ranks"),
    "held product": (hold_what_is_recommended, "held"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_lists_are_refused_with_their_reason(recs: Path, what: str) -> None:
    change, reason = BROKEN[what]
    folder = (recs / "current").resolve()
    RecommendationSet(folder)
    change(folder)
    with pytest.raises(SetError) as error:
        RecommendationSet(folder)
    assert error.value.reason == reason, error.value


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_any_batch_size_reads_and_refuses_the_same(recs: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("files", "lists"):
        monkeypatch.setattr(f"serving.sets.{module}.ROWS_AT_ONCE", size)
    folder = (recs / "current").resolve()
    loaded = RecommendationSet(folder)
    for customer in small_bank().customers:
        if customer.status == "ok":
            assert loaded.find(customer.user_id).bits == bytes(customer.ranked)
    change_lists(repeat)(folder)
    with pytest.raises(SetError, match="twice"):
        RecommendationSet(folder)
