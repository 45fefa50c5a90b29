"""Files of a set: what is refused and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from recommendations import RecommendationSet
from serving.sets.files import FILES, SetError
from tests.services.broken_sets import (
    one_byte,
    rewrite,
    swap_rows,
    table_of,
    truncate,
    with_column,
)
from tests.services.made_sets import sign_again


def truncated_and_signed(folder: Path) -> None:
    truncate("customers.parquet")(folder)
    sign_again(folder)


def unsorted_customers(folder: Path) -> None:
    rewrite(folder, "customers.parquet", swap_rows(table_of(folder, "customers.parquet"), 0, 1))


def strange_status(folder: Path) -> None:
    customers = table_of(folder, "customers.parquet")
    rewrite(folder, "customers.parquet", with_column(customers, "status", pa.array(["gone"] * len(customers))))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest"),
    "manifest truncated": (truncate("manifest.json"), "manifest"),
    "unknown format version": (lambda folder: sign_again(folder, format_version=3), "manifest"),
    "manifest without files": (lambda folder: sign_again(folder, files={}), "manifest"),
    "manifest without counts": (lambda folder: sign_again(folder, counts={"customers": None}), "manifest"),
    **{f"{name} missing": (lambda folder, name=name: (folder / name).unlink(), "file") for name in FILES},
    **{f"{name} truncated": (truncate(name), "checksum") for name in FILES},
    **{f"{name} one byte changed": (one_byte(name), "checksum") for name in FILES},
    "parquet cut short, signed": (truncated_and_signed, "file"),
    "customers unsorted": (unsorted_customers, "order"),
    "customers miscounted": (lambda folder: sign_again(folder, counts={"customers": 11}), "count"),
    "strange status": (strange_status, "type"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_set_is_refused_with_its_reason(recs: Path, what: str) -> None:
    change, reason = BROKEN[what]
    folder = (recs / "current").resolve()
    RecommendationSet(folder)
    change(folder)
    with pytest.raises(SetError) as error:
        RecommendationSet(folder)
    assert error.value.reason == reason, error.value
