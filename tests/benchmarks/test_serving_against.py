"""The service against an earlier commit: the table is paired by round, and the set is of the format both codes read."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import serving_against
from benchmarks.serving_against import BATCH, RATE, arguments, customers_of, table
from tests.services.made_sets import FORMAT_1, write_big

EACH = (RATE, serving_against.PROCESSOR, BATCH, serving_against.READY, serving_against.READY_PROCESSOR,
        serving_against.MEMORY, serving_against.MOST_MEMORY)  # fmt: skip


def measured(before: float, now: float) -> serving_against.Figures:
    """One round in which all figures of a side are alike."""
    return {"before": dict.fromkeys(EACH, before), "now": dict.fromkeys(EACH, now)}


def test_ratios_are_of_rounds_not_of_medians() -> None:
    compared = table([measured(100.0, 110.0), measured(200.0, 180.0), measured(400.0, 400.0)]).set_index("what")
    assert list(compared.index) == list(EACH)
    assert compared.loc[RATE].to_dict() == {
        "before": 200.0, "now": 180.0, "now / before": 1.0, "least": 0.9, "greatest": 1.1,
    }  # fmt: skip


def test_options() -> None:
    chosen = arguments().parse_args(["abc1234", "--rounds", "5"])
    assert (chosen.commit, chosen.rounds, chosen.customers, chosen.output) == ("abc1234", 5, 1_000_000, None)
    with pytest.raises(SystemExit):
        arguments().parse_args([])


def test_both_codes_read_the_set(tmp_path: Path) -> None:
    folder = write_big(tmp_path, 50, description=FORMAT_1)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["format_version"] == 1 and "bank" not in manifest
    assert {*json.loads((folder / "products.json").read_text("utf-8"))[0]} == {
        "bit", "column", "english", "spanish", "group",
    }  # fmt: skip
    people = pq.read_table(folder / "customers.parquet")
    assert people.schema.field("held").type == pa.uint32()
    assert {*customers_of(folder, 1_000)} <= {*people["user_id"].to_pylist()}
