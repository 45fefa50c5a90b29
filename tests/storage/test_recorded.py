"""Recorded tables are read with what they say of themselves."""

from __future__ import annotations

from pathlib import Path

from bankrec.storage.recorded import recorded

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def test_a_table_of_the_repository() -> None:
    found = recorded(RESULTS, "ablation")
    assert found is not None and found.command.startswith("python -m benchmarks.ablation")
    assert "commit" in found.about and {"choice", "month", "value", "low", "high"} <= set(found.table.columns)
    assert found.command in found.in_markdown()


def test_there_is_none_outside_the_repository(tmp_path: Path) -> None:
    assert recorded(tmp_path, "ablation") is None
