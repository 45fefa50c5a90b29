"""The interval of a forecast: in a set's manifest, in the report of its month, and in the model card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.evaluation import model_card_tables
from bankrec.evaluation.set_report import evaluate_set, interval_of
from bankrec.evaluation.tables import by_product, forecast_result
from bankrec.forecasts import ExpectedInterval
from bankrec.model.forecast_interval import Spread
from bankrec.publishing import sets
from bankrec.publishing.manifest import damaged_key
from bankrec.publishing.writer import publish
from tests.santander import BANK, IDS
from tests.small_sets import ABOUT, NOW, POPULAR, ranked

BEST, OTHER = 23, 0  # the products that `ranked` lists
SPREAD = Spread(np.full(BANK.n, 0.1), np.asarray(0.1))


@pytest.fixture
def recs(tmp_path: Path) -> Path:
    """A set of 40 customers: of each, one of two expected to take the first product, one of four the second."""
    publish(
        tmp_path,
        BANK,
        [ranked(list(range(40)), score=0.5)],
        POPULAR,
        ABOUT,
        now=NOW,
        interval=lambda expected: SPREAD.interval(BANK.ids, expected, Config().base_rates),
    )
    return tmp_path


def pairs(path: Path, customers: int, product: str) -> Path:
    """Outcomes: as many `customers` of the set took `product`."""
    path.write_text("ncodpers,product\n" + "".join(f"{user},{product}\n" for user in range(customers)))
    return path


def test_a_set_states_the_interval_of_what_its_lists_expect(recs: Path) -> None:
    """Of 20, 10 and 30 expected: 1.2816 x sqrt(0.01 + 1 / 21) = 0.3077 in logs for the first."""
    manifest = sets.read_manifest(recs / sets.CURRENT)
    stated = manifest["expected_interval"]
    assert manifest["expected_acquisitions"][IDS[BEST]] == 20.0
    assert stated["by_product"][IDS[BEST]] == [14, 27] and stated["by_product"][IDS[OTHER]] == [6, 15]
    assert stated["by_product"][IDS[5]] == [0, 0] and stated["together"] == [23, 39] and stated["share"] == 0.8


@pytest.mark.parametrize(("acquired", "within"), [(13, False), (14, True), (27, True), (28, False)])
def test_evaluate_says_what_left_its_interval(recs: Path, tmp_path: Path, acquired: int, within: bool) -> None:
    report = evaluate_set(recs, pairs(tmp_path / "truth.csv", acquired, IDS[BEST]))
    row = report.products.loc[IDS[BEST]]
    assert row[["low", "high", "acquisitions", "within"]].tolist() == [14, 27, acquired, within]
    assert report.forecast is not None and report.forecast.within == (23 <= acquired <= 39)
    gauges = report.realised()
    assert [gauges[f"forecast_{of}"] for of in ("expected", "low", "high", "observed")] == [30.0, 23, 39, acquired]
    assert str(report.forecast) in report.text()
    assert max(map(len, report.text().splitlines())) <= 120


def test_what_is_in_no_list_was_not_expected(recs: Path, tmp_path: Path) -> None:
    report = evaluate_set(recs, pairs(tmp_path / "truth.csv", 30, IDS[5]))
    assert report.forecast is not None and report.forecast.observed == 0
    assert report.products.loc[IDS[5], ["acquisitions", "within"]].tolist() == [30, True]


def test_those_who_left_take_their_part_of_the_interval_with_them() -> None:
    manifest = {
        "expected_acquisitions": {"a": 30.0, "b": 10.0},
        "expected_interval": ExpectedInterval(0.8, {"a": (20, 40), "b": (5, 15)}, (30, 50)).as_dict(),
    }
    interval = interval_of(manifest, 20.0)
    assert interval is not None and interval.together == (15, 25) and interval.by_product["a"] == (10, 20)
    assert interval_of({"expected_acquisitions": {"a": 1.0}}, 1.0) is None, "a set of an earlier version states none"


@pytest.mark.parametrize(
    "stated",
    [
        None, [], {}, {"share": 0.8, "by_product": {}}, {"share": 0.8, "by_product": {"a": [1]}, "together": [1, 2]},
        {"share": 0.8, "by_product": {"a": [1, 2]}, "together": [1, "2"]}, {"by_product": {}, "together": [1, 2]},
    ],
)  # fmt: skip
def test_a_manifest_with_another_kind_of_interval_is_damaged(recs: Path, stated: object) -> None:
    manifest = json.loads((recs / sets.CURRENT / "manifest.json").read_text())
    assert damaged_key(manifest) is None
    assert damaged_key({name: value for name, value in manifest.items() if name != "expected_interval"}) is None
    assert damaged_key(manifest | {"expected_interval": stated}) == "expected_interval"


def test_the_card_shows_it(recs: Path) -> None:
    lists = ranked(list(range(40)), score=0.5)
    added = np.where(np.arange(40) < 13, np.uint64(1 << BEST), np.uint64(0))
    interval = SPREAD.interval(BANK.ids, np.bincount([BEST, OTHER], [20.0, 10.0], minlength=24), Config().base_rates)
    forecast = forecast_result(lists.items, lists.scores, added, interval)
    assert (forecast.expected, forecast.observed, forecast.within) == (30.0, 13.0, False)
    table = by_product(BANK.catalogue, lists.items, lists.scores, added, interval)
    row = model_card_tables.markdown(table.loc[[IDS[BEST]], ["acquisitions", "low", "high", "within"]])
    assert row.splitlines()[-1] == "| 13 | 14 | 27 | no |"
