"""Every number of the configuration states its source."""

from __future__ import annotations

from bankrec.config import Config
from bankrec.evaluation.choices import choices, searched


def test_each_number_has_its_value_and_its_source() -> None:
    table = choices(Config())
    assert table.loc["ranker.trees", "value"] == Config().ranker.trees
    assert table.loc["als.factors", "chosen by"] == "benchmarks.search"
    assert "dimensions" in table.loc["als.factors", "what it is"]
    assert table.loc["activity.depth", "chosen by"] == ""
    of_als = {name for name in table.index if name.startswith("als.")}
    assert of_als == {f"als.{name}" for name in vars(Config().als)}


def test_what_was_searched_names_a_benchmark() -> None:
    table = searched(Config())
    assert {"ranker.depth", "base_rates.decay"} <= set(table.index) and len(table) < len(choices(Config()))
