"""Results are written under the names of their keys, and read back from whatever an earlier version wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.errors import InputError
from bankrec.results import (
    AtK,
    BacktestMetrics,
    GroupAgreement,
    Headline,
    Interval,
    PersonalCost,
    Quality,
    ReasonAgreement,
    RuleCost,
    TrainingMetrics,
)
from bankrec.storage.model_folder import CARD, METRICS, read_headline

NUMBERS = dict.fromkeys(Quality.__dataclass_fields__, 0.5)
INTERVALS = {"map_at_7": Interval(0.03, 0.02, 0.04), "map_at_7_of_maximum": Interval(0.8, 0.7, 0.9)}
QUALITY = Quality(**NUMBERS | INTERVALS | {"at": {1: AtK(0.1, 0.2, 0.3, 4.0), 5: AtK(0.2, 0.4, 0.6, 5.0)}})
REASONS = ReasonAgreement(300, 0.9, Interval(0.8, 0.7, 0.9), 0.7, 0.6, 0.5, {"age": GroupAgreement(4, None, 0.25)})
BACKTEST = BacktestMetrics("2016-05-28", QUALITY, {"minors": RuleCost("a reason", 3, 1)})
TRAINING = TrainingMetrics("a bank", "2016-05-28", 100, 17, ("careful",), "run-7", REASONS, BACKTEST)


def test_intervals_are_three_numbers_beside_the_others() -> None:
    flat = QUALITY.as_dict()
    assert list(flat)[:7] == [
        "customers",
        "acquirers",
        "map_at_7",
        "map_at_7_low",
        "map_at_7_high",
        "map_at_7_maximum",
        "map_at_7_of_maximum",
    ]
    assert (flat["map_at_7"], flat["map_at_7_low"], flat["map_at_7_high"]) == (0.03, 0.02, 0.04)
    assert PersonalCost(0.7, Interval(0.1, -0.1, 0.2)).as_dict() == {
        "map_at_7_of_maximum": 0.7, "cost": 0.1, "cost_low": -0.1, "cost_high": 0.2
    }  # fmt: skip


def test_every_name_that_counts_places_says_how_many() -> None:
    flat = QUALITY.as_dict()
    assert (flat["coverage_at_1"], flat["coverage_at_5"], flat["recall_at_5"]) == (0.3, 0.6, 0.4)
    of_places = ("precision", "recall", "coverage", "novelty", "ndcg", "hit_rate", "map", "exposure_gini")
    assert all("_at_" in name for name in flat if name.startswith(of_places)) and "at" not in flat


def test_nothing_to_count_is_null() -> None:
    totals = ReasonAgreement(0, None, None, None, None, None, {}).totals()
    assert totals.pop("customers") == 0 and len(totals) == 7 and set(totals.values()) == {None}


def test_a_training_is_written_with_what_it_has() -> None:
    written = TRAINING.as_dict()
    assert written["rules"] == {"minors": {"reason": "a reason", "candidates_removed": 3, "acquisitions_lost": 1}}
    assert written["reasons"]["with_reason"] == 0.6 and written["reasons"]["by_group"]["age"]["reasons"] == 4
    assert "missing_values" not in written and "without_personal" not in written
    assert json.loads(json.dumps(written)) == written


def stored(folder: Path, content: Any) -> Path:
    (folder / METRICS).write_text(json.dumps(content))
    return folder


def test_the_headline_of_a_file_is_that_of_its_training(tmp_path: Path) -> None:
    headline = read_headline(stored(tmp_path, TRAINING.as_dict() | {"groups": [], "gaps": []}))
    assert headline == TRAINING.headline()
    assert headline.figures["customers_in_history"] == 100 and "rules" not in headline.figures
    assert (headline.run_id, headline.map_at_7, headline.cautions) == ("run-7", 0.03, ("careful",))


def test_a_headline_has_the_tables_and_the_card_beside_the_metrics(tmp_path: Path) -> None:
    tables = {"calibration": [{"expected": 0.1, "observed": 0.2, "pairs": 3}], "groups": [{"group": "H"}]}
    (tmp_path / CARD).write_text("# Karte ä\n", encoding="utf-8")
    metrics = replace(TRAINING, tables=tables, card="# Karte ä\n")
    headline = read_headline(stored(tmp_path, metrics.as_dict()))
    assert headline == metrics.headline() and headline.card == "# Karte ä\n"
    assert headline.tables == {**tables, "rules": TRAINING.as_dict()["rules"]}
    with pytest.raises(InputError, match="groups is 3"):
        read_headline(stored(tmp_path, {"groups": 3}))


def test_a_file_of_an_earlier_version_has_fewer_values(tmp_path: Path) -> None:
    assert read_headline(stored(tmp_path, {})) == Headline()
    for name, value in TRAINING.as_dict().items():
        fewer = {key: kept for key, kept in TRAINING.as_dict().items() if key != name}
        headline = read_headline(stored(tmp_path, fewer))
        assert name not in headline.figures
        assert len(headline.figures) == len(TRAINING.headline().figures) - (not isinstance(value, dict | list)), name


@pytest.mark.parametrize(
    "content", [[], None, 3, "text", {"map_at_7": "good"}, {"run_id": 7}, {"cautions": "one"}, {"map_at_7": [0.1]}]
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError, match=rf"{METRICS} is damaged.*train again") as caught:
        read_headline(stored(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_columns_accepted_later_stand_first_and_once() -> None:
    one, two = {"column": "a"}, {"column": "b"}
    assert Headline(accepted=(one,)).accepting((two, one)).accepted == (two, one)
    assert Headline(figures={"months": 3}).of_version("4").figures == {"months": 3, "model": "champion, version 4"}


def test_wilsons_interval_of_a_share() -> None:
    """81 of 263: Wilson's example in Newcombe 1998, Statistics in Medicine 17, table I."""
    interval = Interval.of_share(81, 263)
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.3080, 0.2553, 0.3662), abs=1e-4)
    none = Interval.of_share(0, 20)
    assert (none.value, none.low) == (0.0, 0.0) and none.high == pytest.approx(0.1611, abs=1e-4)
    assert np.isnan(Interval.of_share(0, 0).value)


@given(st.integers(1, 1_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    share = Interval.of_share(*counts)
    assert 0 <= share.low <= share.value + 1e-12 and share.value - 1e-12 <= share.high <= 1


def test_an_interval_is_written_in_one_form() -> None:
    share = Interval(0.8421, 0.82, 0.863)
    assert f"{share:.3f}" == "0.842 [0.820, 0.863]" and f"{share}" == str(share) == "0.84210 [0.82000, 0.86300]"
