"""The model view: quality beside popularity and the maximum, calibration, groups, rules, forecasts, sets, the card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Server, running
from tests.services.made_sets import sign_again, small_bank
from tests.services.made_summaries import model, write_summed
from tests.services.page.conftest import Open, picture, ready

Services = dict[str, Server]


def card(page: Any, title: str) -> str:
    text: str = page.locator(f"section:has(> h2:text-is('{title}'))").inner_text()
    return " ".join(text.split())


def test_figures_of_the_model(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/model"))
    assert "Data of the training made by hand" in card(page, "The set in use")
    assert "simulated" not in page.locator("header").inner_text()
    assert "929,672" in card(page, "The set in use") and "May 28, 2016" in card(page, "The set in use")
    quality = card(page, "Quality")
    for figure in (
        "Popularity by segment and age 65.1% [64.5% – 65.6%]",
        "85.6% [85.0% – 86.1%]",
        "100%",
        "0.0261 [0.0257 – 0.0264]",
        "MAP@7 of popularity by segment and age 0.0198",
        "0.0305",
        "79%",
        "98.1%",
    ):
        assert figure in quality, figure
    assert "of 923,143 customers, 28,217 acquired something" in quality
    assert page.locator("#quality_words").inner_text() == (
        "The ranking reaches 86% of the maximum, popularity by segment and age 65%."
        " Of the products that a customer acquired, 98.1% were among the first seven of the customer’s list,"
        " on average; with popularity by segment and age, 97.5%."
    )
    assert page.locator(".plot .dot").count() == page.locator(".plot .whisker").count() == len(model()["calibration"])
    groups = card(page, "Quality by group of customers")
    assert "Age: 18-25" in groups and "79.0% [76.0% – 81.0%]" in groups and "All customers" in groups
    assert "not evaluated, because too few customers acquired something: age: under 18." in groups.lower()
    assert groups.count("below the whole bank") == 1
    rules = card(page, "Rules and what they cost")
    assert "No loans after <b>arrears</b>." in rules
    picture(page, "model")


@pytest.mark.parametrize(("first", "says"), [
    (0.676, " Of the products that a customer acquired, 67.6% were first in the customer’s list, on average."),
    (None, ""),
])  # fmt: skip
def test_an_older_summary_has_popularity_alone_and_no_recall_of_it(
    open_page: Open, tmp_path: Path, first: float | None, says: str
) -> None:
    older = {name: block for name, block in model().items() if name != "baselines"}
    older["quality"] = {**older["quality"], "recall_at_1": first}
    write_summed(tmp_path / "recs", small_bank(), model=older)
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/model"))
        words = page.locator("#quality_words").inner_text()
        assert words == f"The ranking reaches 86% of the maximum, popularity of acquisitions 64%.{says}"
        assert "Popularity of acquisitions 63.6%" in card(page, "Quality")


def test_a_rule_is_counted_in_the_backtest_with_what_it_lost_there_and_in_the_set_apart(
    services: Services, open_page: Open
) -> None:
    page = ready(open_page(services["small"], "#/model"))
    rules = page.locator("section:has(> h2:text-is('Rules and what they cost'))")
    heads = [" ".join(text.split()) for text in rules.locator("thead th").all_inner_texts()]
    assert heads == ["Rule", "Removed for May 2016", "Acquired anyway in May 2016", "Removed for June 2016"]
    figures = [row.locator(".figure").all_inner_texts() for row in rules.locator("tbody tr").all()]
    assert figures == [["145,800", "12", "146,956"], ["–", "–", "3"]]
    assert "from the lists for May 2016" in rules.inner_text() and "from the lists for June 2016" in rules.inner_text()


def test_a_column_of_the_rules_that_is_empty_is_left_out(open_page: Open, tmp_path: Path) -> None:
    before = [rule | {"candidates_removed": None, "acquisitions_lost": None} for rule in model()["rules"]]
    write_summed(tmp_path / "recs", small_bank(), model=model() | {"rules": before})
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        rules = ready(open_page(server, "#/model")).locator("section:has(> h2:text-is('Rules and what they cost'))")
        assert rules.locator("thead th").all_inner_texts() == ["Rule", "Removed for June 2016"]
        assert rules.locator("tbody .figure").all_inner_texts() == ["146,956", "3"]
        assert "Backtest" not in rules.inner_text()


def test_without_a_backtest_the_rules_have_the_figures_of_the_set_alone(open_page: Open, tmp_path: Path) -> None:
    write_summed(tmp_path / "recs", small_bank(), model=model() | {"quality": None})
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/model"))
        rules = page.locator("section:has(> h2:text-is('Rules and what they cost'))")
        assert rules.locator("thead th").all_inner_texts() == ["Rule", "Removed for June 2016"]
        assert "Backtest" not in rules.inner_text()


def test_forecasts_beside_observed_acquisitions_and_the_sets_kept(open_page: Open, tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    write_summed(recs, small_bank(set_id="2016-04-28_before", as_of="2016-04-28"), current=False)
    folder = write_summed(recs, small_bank())
    sign_again(folder, metrics={"map_at_7": 0.5, "data": "simulated bank, 20,000 customers, seed 1"})
    results = {"month": "2016-04", "forecast_expected": 30_500.2, "forecast_low": 25_100, "forecast_high": 36_200,
            "forecast_observed": 37_000}  # fmt: skip
    (recs / "realised.json").write_text(json.dumps(results))
    with running(recs, tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/model"))
        observed = card(page, "Forecasts and observed acquisitions")
        assert "37,000 observed, 30,500 expected" in observed and "outside the 80% interval 25,100 – 36,200" in observed
        assert "35,761 observed, 31,559 expected" in observed and "within the 80% interval 26,768 – 37,205" in observed
        assert "Data of the training Simulated bank, 20,000 customers, seed 1" in card(page, "The set in use")
        assert page.locator("#set_note").inner_text() == "as of May 28, 2016 · trained on simulated data"
        kept = page.locator("section:has(> h2:text('Sets kept')) tbody tr").all_inner_texts()
        assert len(kept) == 2 and [small_bank().set_id in row and "in use" in row for row in kept] == [True, False]


def test_the_card_is_shown_and_nothing_in_it_runs(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/model"))
    assert not any(url.endswith("/console/card") for url in page.asked), "it is long: asked for when it is opened"
    page.get_by_text("Open the model card").click()
    page.wait_for_selector(".model-card h3:text('Model card: by hand')")
    inside = page.locator(".model-card")
    assert inside.locator("script, img, a").count() == 0
    assert inside.locator("td").all_inner_texts() == ["Payroll", "60"]
    assert inside.locator("table").evaluate("(table) => getComputedStyle(table).overflowWrap") == "normal"
    assert "a link" in inside.inner_text() and "alert" not in inside.inner_text()


def test_of_hostile_html_only_text_is_left(services: Services, browser: Any) -> None:
    hostile = (
        "<h1 onclick='alert(1)' class='state'>A</h1><svg><script>alert(2)</script></svg><form><b>no</b></form>"
        "<p style='color:red'>b <img src=x onerror='alert(3)'><a href='javascript:alert(4)'>c</a> &lt;script&gt;</p>"
        "<iframe srcdoc='<script>alert(5)</script>'></iframe><template><p>d</p></template><base href='//x/'>"
    )
    page = browser.new_page()  # one whose policy may complain: that is what is tried
    page.goto(f"{services['small'].url}/")
    taken = page.evaluate(
        """async (html) => {
          const { safe } = await import("/page/card_html.js"), box = document.createElement("div");
          box.append(safe(html));
          return box.innerHTML;
        }""",
        hostile,
    )
    assert taken == "<h3>A</h3><p>b c &lt;script&gt;</p>"
    page.close()


def test_a_sentence_stands_where_nothing_was_measured(open_page: Open, tmp_path: Path) -> None:
    nothing = {"quality": None, "calibration": None, "groups": None, "forecast": None, "rules": [], "card_html": None}
    write_summed(tmp_path / "recs", small_bank(), model=nothing)
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/model", allowed={404}))
        for title, says in (
            ("Quality", "no measure of quality"), ("Are the probabilities right?", "could not be compared"),
            ("Quality by group of customers", "No group"),
            ("Forecasts and observed acquisitions", "No forecast has been"),
            ("Rules and what they cost", "states no rules"),
        ):  # fmt: skip
            assert says in card(page, title)
        page.get_by_text("Open the model card").click()
        page.wait_for_selector(".model-card:has-text('without a model card')")
