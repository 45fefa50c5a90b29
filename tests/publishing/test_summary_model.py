"""The block `model` of a summary: the training's figures under the names that the page knows; a card runs nothing."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from bankrec.publishing.summary_model import QUALITY, model_block
from bankrec.results import AtK, Headline, Interval, Quality

CARD = "# Model card\n\nA **caution**.\n\n| product | recall |\n| --- | --- |\n| Loan | 0.5 |\n"
METRICS = {
    "target_month": "2016-05-28",
    "customers": 100,
    "acquirers": 9,
    "map_at_7": 0.0261,
    "map_at_7_low": 0.02,
    "map_at_7_high": 0.03,
    "map_at_7_maximum": 0.0305,
    "map_at_7_of_maximum": 0.8557,
    "map_at_7_of_maximum_low": 0.8,
    "map_at_7_of_maximum_high": 0.9,
    "map_at_7_popularity": 0.0194,
    "map_at_7_popularity_of_maximum": 0.636,
    "coverage_at_7": 0.79,
    "precision_at_7": 0.004,
    "recall_at_7": 0.9,
    "recall_at_1": 0.6,
    "forecast_expected": 31.5,
    "forecast_low": 26,
    "forecast_high": 37,
    "forecast_observed": 35.0,
    "rules": {"minors": {"reason": "too young", "candidates_removed": 5, "acquisitions_lost": 2}},
    "baselines": [{"method": "ALS", "map_at_7": 0.01, "of_maximum": 0.3, "low": 0.2, "high": 0.4, "recall_at_7": 0.8,
                   "novelty": 3.0}],
    "calibration": [{"expected": 0.01, "observed": 0.02, "pairs": 50}],
    "groups": [{"grouping": "sex", "group": "H", "customers": 40, "of max": None, "of max low": None, "note": "few"}],
}  # fmt: skip
HEADLINE = replace(Headline.of(METRICS), card=CARD)
MINORS = {"name": "minors", "version": "1", "reason": "too young"}
OWN = {"name": "loans", "version": "a1", "reason": "no loans"}


def test_the_results_of_the_training() -> None:
    block = model_block(HEADLINE, [MINORS, OWN], {"minors": 7})
    assert block["quality"] | {"target_month": "2016-05"} == block["quality"]
    assert set(block["quality"]) == {"target_month", *QUALITY} and None not in block["quality"].values()
    assert (block["quality"]["customers_with_an_acquisition"], block["quality"]["popularity"]) == (9, 0.0194)
    assert block["baselines"] == [
        {"method": "ALS", "map_at_7": 0.01, "of_maximum": 0.3, "low": 0.2, "high": 0.4, "recall_at_7": 0.8}
    ]
    assert block["calibration"] == METRICS["calibration"]
    assert block["groups"] == [
        {"group": "sex", "value": "H", "customers": 40, "of_maximum": None, "low": None, "high": None, "note": "few"}
    ]
    assert block["forecast"] == {"expected": 31.5, "interval": [26, 37], "observed": 35.0, "month": "2016-05"}
    assert block["rules"] == [
        MINORS | {"removed": 7, "candidates_removed": 5, "acquisitions_lost": 2},
        OWN | {"removed": 0, "candidates_removed": None, "acquisitions_lost": None},
    ]


def test_what_is_not_known_is_null() -> None:
    block = model_block(Headline(), [], {})
    names = ("quality", "baselines", "calibration", "groups", "forecast", "card_html")
    assert block == dict.fromkeys(names) | {"rules": []}
    fewer = model_block(Headline.of({"target_month": "2016-05-28", "map_at_7": 0.1, "forecast_low": 3}), [], {})
    assert fewer["quality"]["map_at_7"] == 0.1 and fewer["quality"]["coverage"] is None and fewer["forecast"] is None
    json.dumps(fewer, allow_nan=False)


def card(text: str) -> str:
    return model_block(replace(Headline(), card=text), [], {})["card_html"]


def test_a_card_is_headings_and_tables() -> None:
    html = card(CARD)
    assert "<h1>Model card</h1>" in html and "<strong>caution</strong>" in html
    assert "<th>product</th>" in html and "<td>Loan</td>" in html and "style=" not in html


def test_nothing_of_a_card_runs_or_asks_another_host() -> None:
    name = "<script>alert(1)</script> <img src=x onerror=alert(1)> ![x](https://a.b/c.png) [y](javascript:alert(1))"
    html = card(
        f"# {name}\n\n<div onclick='x'>{name}</div>\n\n| a |\n| --- |\n| {name} |\n\n<https://a.b> https://a.b\n"
    )
    assert not [tag for tag in ("<script", "<img", "<a ", "<div", "href=", 'src="') if tag in html]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_training_writes_every_figure_of_the_page() -> None:
    """The names on the right of `QUALITY` are those of `metrics.json`: fields of `Quality`, with 1 and 7 places."""
    interval, numbers = Interval(0.1, 0.0, 0.2), {}
    for one in fields(Quality):
        numbers[one.name] = interval if "Interval" in str(one.type) else 1.0
    written = Quality(**numbers | {"at": {k: AtK(0.1, 0.2, 0.3, 4.0) for k in (1, 7)}}).as_dict()  # type: ignore[arg-type]
    assert set(QUALITY.values()) <= set(written)
