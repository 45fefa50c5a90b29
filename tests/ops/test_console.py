"""What publishing counts for the page is what the service answers: they share summary.json and no code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from bankrec.bank.description import Bank
from bankrec.forecasts import ExpectedInterval
from bankrec.publishing.manifest import About
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from bankrec.results import Headline
from recommendation_service import create_app
from serving.settings import Settings
from tests.other_bank import OTHER
from tests.publishing.test_summary_model import HEADLINE
from tests.santander import BANK, IDS
from tests.small_sets import NOW, POPULAR, ranked

RULES = [{"name": "not_held", "version": "1", "reason": "a product that is held can't be acquired"}]


def served(recs: Path, bank: Bank, batches: list[Ranked], headline: Headline) -> TestClient:
    """The service over a set of `batches` that was published just now."""
    months = {"2016-04": np.arange(bank.n), "2016-05": np.arange(bank.n) * 2}
    publish(
        recs,
        bank,
        batches,
        POPULAR if bank is BANK else POPULAR.slice(0, 0),
        About("2016-05-28", headline, {}, RULES),
        now=NOW,
        interval=lambda expected: ExpectedInterval(0.8, dict.fromkeys(bank.ids, (0, 2)), (0, 3)),
        acquisitions=lambda: months,
        force=True,
    )
    return TestClient(create_app(Settings(recs_dir=recs, demo=True)))


def test_the_figures_of_two_batches_by_hand(tmp_path: Path) -> None:
    """Each is offered product 23, at 0.5, 0.5 and 0.0625, and product 0 at half of it."""
    young = replace(ranked([1, 5], score=0.5), age_band=np.array([1, 5], np.int8), segment=np.array(["TOP", ""]))
    batches = [young, ranked([2**59], score=0.0625)]
    with served(tmp_path, BANK, batches, HEADLINE) as client:
        summary = client.get("/console/summary").json()
        block = client.get(f"/console/products/{IDS[23]}").json()
        view = client.post("/console/customer", json={"user_id": 5}).json()
        card = client.get("/console/card").text
        kept = client.get("/console/sets").json()["kept"]
        asked = client.post("/recommendations", json={"user_id": 2**59, "k": 1}).json()
    assert (summary["as_of"], summary["next_month"], summary["customers"]) == ("2016-05-28", "2016-06", 3)
    assert list(summary["products"]) == list(IDS) and "likeliest" not in summary["products"][IDS[23]]
    assert summary["bank_average"][IDS[23]] == pytest.approx(1.0625 / 3, rel=1e-3)
    assert summary["bank_average"][IDS[1]] is None
    assert (block["expected"], block["interval"], block["interval_share"]) == (1.062, [0, 2], 0.8)
    assert block["acquisitions"] == [["2016-04", 23], ["2016-05", 46]]
    assert block["offered_to"] == 3 == sum(block["histogram"]["counts"])
    assert dict(zip(block["histogram"]["edges"], block["histogram"]["counts"], strict=False))[0.3] == 2
    assert block["by_segment"] == [["TOP", 2, 0.2812], ["unknown", 1, 0.5]]
    assert block["by_age"] == [["18-25", 1, 0.5], ["over 65", 1, 0.5], ["unknown", 1, 0.0625]]
    assert block["likeliest"] == [["1", 0.5], ["5", 0.5], [str(2**59), 0.0625]]
    assert asked["recommendations"][0]["score"] == 0.0625
    assert summary["model"]["quality"]["of_maximum"] == 0.8557 and "card_html" not in summary["model"]
    assert "<h1>Model card</h1>" in card
    assert (view["status"], view["segment"], view["age_band"]) == ("ok", None, "over 65")
    assert [one["in_use"] for one in kept] == [True]


def test_a_bank_without_segment_and_age(tmp_path: Path) -> None:
    items = np.array([[4, 1, -1, -1, -1]], np.int8)
    scores = np.array([[0.5, 0.25, 0, 0, 0]], np.float32)
    nothing = np.zeros(1, np.uint64)
    batch = Ranked(np.array([7]), items, scores, nothing, np.array(["ok"]), np.array([""]), nothing)
    with served(tmp_path, OTHER, [batch], Headline()) as client:
        summary = client.get("/console/summary").json()
        view = client.post("/console/customer", json={"user_id": None}).json()
        no_card = client.get("/console/card")
    assert (summary["products"]["staff"]["by_segment"], summary["products"]["staff"]["by_age"]) == ([], [])
    assert summary["model"] == {
        "quality": None, "baselines": None, "calibration": None, "groups": None, "forecast": None,
        "rules": [RULES[0] | {"removed": 0, "candidates_removed": None, "acquisitions_lost": None}],
    }  # fmt: skip
    assert (view["user_id"], view["segment"], view["age_band"]) == ("7", None, None)
    assert no_card.status_code == 404
