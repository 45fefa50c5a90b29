"""Recorded tables are read with their origin."""

from __future__ import annotations

from pathlib import Path

from bankrec.storage.recorded import recorded

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def test_a_table_of_the_repository() -> None:
    ablation = recorded(RESULTS, "ablation")
    assert ablation is not None and ablation.command.startswith("python -m benchmarks.ablation")
    assert "commit" in ablation.about and {"choice", "month", "value", "low", "high"} <= set(ablation.table.columns)
    assert ablation.command in ablation.in_markdown()


def test_there_is_none_outside_the_repository(tmp_path: Path) -> None:
    assert recorded(tmp_path, "ablation") is None
