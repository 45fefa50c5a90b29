"""Sentences agree with the figures: by hand, and on two banks with figures of that bank only."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from bankrec.config import Config
from bankrec.evaluation import sentences
from bankrec.evaluation.at_k import at_k
from bankrec.evaluation.backtest import rule_costs
from bankrec.evaluation.calibration_steps import probabilities, summary
from bankrec.evaluation.holdings_protocol import beside_the_first_study, first_study
from bankrec.evaluation.month_report import month_report
from bankrec.evaluation.split import split
from bankrec.evaluation.tables import acquisitions_by_month, forecast_result
from bankrec.forecasts import ForecastResult
from bankrec.results import Interval, ReasonAgreement, RuleCost


def methods(own: tuple[float, float, float], other: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame([own, other], index=["ours", "popularity"], columns=["of max", "low", "high"])


@pytest.mark.parametrize(
    ("own", "verdict"), [((0.8, 0.7, 0.9), "above"), ((0.6, 0.5, 0.7), "not clearly"), ((0.3, 0.2, 0.4), "below")]
)
def test_methods_are_above_or_below_only_where_intervals_are_apart(own, verdict: str) -> None:
    text = sentences.methods(methods(own, (0.6, 0.55, 0.65)), "ours")
    assert f"{own[0]:.3f} [{own[1]:.3f}, {own[2]:.3f}], {verdict}" in text and "0.600 [0.550, 0.650]" in text


@pytest.mark.parametrize(("observed", "where"), [(100.0, "within it"), (300.0, "outside it")])
def test_the_sentence_names_a_month_outside_its_interval(observed: float, where: str) -> None:
    row = {"expected": 120.0, "observed": observed, "expected / observed": 120 / observed}
    row |= {"calibration error": 0.002, "share acquired": 0.01}
    table = pd.DataFrame([row, row], index=["before", "after"])
    text = sentences.calibration(table, ForecastResult(120, 90, 150, observed, 0.8))
    assert where in text and f"{120 / observed:.3f}" in text and "does not fall" in text
    assert "can be off" in text and text.count("usually are") == 1


def group(quality: float, full: float, ratio: tuple[float, float, float] = (1.0, 0.9, 1.1)) -> dict[str, float]:
    """A row of the table of groups; the first one is the whole bank. Intervals reach 0.01 above figures."""
    value, low, high = ratio
    row = {"of max": quality, "of max high": quality + 0.01, "full list": full, "full list high": full + 0.01}
    return row | {"expected / observed": value, "expected / observed low": low, "expected / observed high": high}


@pytest.mark.parametrize(
    ("others", "text"),
    [
        ([(0.8, 0.9)], "No group is clearly below the bank as a whole."),
        ([(0.8, 0.5)], "1 group is clearly below the bank as a whole, in the share of full lists alone."),
        ([(0.5, 0.9), (0.4, 0.9)], "2 groups are clearly below the bank as a whole, in MAP@7 alone."),
        ([(0.5, 0.5), (0.4, 0.9)], "2 groups are clearly below the bank as a whole: 2 in MAP@7, 1 in the share of"),
    ],
)
def test_groups_below_the_bank_are_counted_by_figure(others: list[tuple[float, float]], text: str) -> None:
    table = pd.DataFrame([group(0.8, 0.9), *(group(*one) for one in others)])
    assert sentences.groups(table, None).startswith(text)


def test_the_total_is_explained_by_chance_by_the_interval_or_by_neither() -> None:
    inside, outside = ForecastResult(650, 538, 793, 764, 0.8), ForecastResult(650, 538, 793, 900, 0.8)
    off = pd.DataFrame([group(0.8, 0.9, (0.856, 0.787, 0.937))])
    assert "can explain the difference" in sentences.groups(pd.DataFrame([group(0.8, 0.9)]), inside)
    verdict = "sampling chance alone does not explain 0.856; months differ, "
    assert f"{verdict}and the forecast's interval, 538 to 793, includes this one." in sentences.groups(off, inside)
    assert f"{verdict}but the forecast's interval, 538 to 793, does not" in sentences.groups(off, outside)
    assert sentences.groups(off, None).endswith("does not explain 0.856; months differ.")
    unknown = pd.DataFrame([group(0.8, 0.9, (float("nan"),) * 3)])
    assert "Too few customers acquire something" in sentences.groups(unknown, inside)


def products(recall: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product": ["Loan", "Funds", "Card"],
            "acquisitions": [20, 30, 2],
            "hits in first 7": [round(20 * recall), 30, 2],
            "recall@7": [recall, 1.0, 1.0],
        }
    )


def test_products_with_few_acquisitions_are_not_evaluated() -> None:
    text = sentences.products(products(0.5))
    assert text.startswith("Funds, Loan and Card make 100% of the 52 acquisitions.")
    assert "Loan is in the first 7 places least often: for 50.0%" in text
    assert "The products with fewer (1) have 2 together, of which 2" in text and "too few" in text
    assert "All acquisitions of products with 10 or more" in sentences.products(products(1.0))
    assert sentences.products(products(1.0).assign(acquisitions=0)) == "Nothing was acquired in this month."


def test_rules_and_reasons_by_hand() -> None:
    costs = {"not_held": RuleCost("", 5_000, 0), "minors": RuleCost("", 1_200, 3), "stopped": RuleCost("", 800, 0)}
    text = sentences.rules(costs)
    assert "removed 2,000 candidates; 3 of them" in text and "The 5,000 pairs" in text
    assert "none of them was acquired" in sentences.rules({"stopped": costs["stopped"]})
    agreement = ReasonAgreement(300, 0.9, Interval(0.8, 0.7, 0.9), 0.7, 0.65, 0.5, {})
    text = sentences.reasons(agreement)
    assert "65.0% of the first seven places" in text and "80.0% [70.0%, 90.0%]" in text
    assert "same segment and age" in text
    assert sentences.reasons(replace(agreement, agreement=None)).startswith("No reason was given")


def test_a_short_history_is_a_caution(make) -> None:
    assert "**Caution**" in sentences.short_history(make(20, 5), Config())
    assert sentences.short_history(make(20, 14), Config()) == ""


def test_every_sentence_holds_for_two_banks(held_back) -> None:
    """All of them on one month evaluated; figures of the month are computed here again, apart from the sentences."""
    history, month = held_back
    config, bank, ranked = month.recommender.config, history.bank, month.ranked
    report = month_report(history, ranked, month.added, month.target, config, month.interval)
    months = split(history, month.target, config)
    monthly = acquisitions_by_month(history).rename(columns=dict(zip(bank.ids, bank.catalogue.names, strict=True)))
    after = history.words[history.rows(ranked.user_id), month.target]
    study = beside_the_first_study(first_study(ranked.items, ranked.held, after))
    forecast = forecast_result(ranked.items, ranked.scores, month.added, month.interval)
    table = summary(probabilities(history, month), month)
    recall = at_k(ranked.items, month.added, ranked.held)[5].recall
    texts = {
        "acquisitions": sentences.acquisitions(monthly, months),
        "split": sentences.split(history, month.target, config),
        "methods": sentences.methods(report.methods, report.methods.index[-1]),
        "study": sentences.first_study(study, recall),
        "products": sentences.products(report.products),
        "calibration": sentences.calibration(table, forecast),
        "groups": sentences.groups(report.groups, forecast),
        "rules": sentences.rules(rule_costs(history, month)),
    }
    assert f"all {monthly.to_numpy().sum():,} acquisitions" in texts["acquisitions"]
    assert monthly.sum().idxmax() in texts["acquisitions"]
    assert f"evaluated on {history.months[-1]:%B %Y}" in texts["split"]
    assert f"{month.quality.map_at_7_of_maximum.value:.3f}" in texts["methods"]
    assert sentences.percent(recall) in texts["study"] and "not comparable" in texts["study"]
    assert f"of the {int(month.quality.observed_acquisitions):,} acquisitions" in texts["products"]
    assert ("within it" in texts["calibration"]) == forecast.within
    for name, text in texts.items():
        assert text.endswith(".") and "nan" not in text and "None" not in text and "  " not in text, name
        assert not re.search(r"\b(adds|adders|additions|found|told|came)\b", text), name
    named = re.findall(r"([A-Z][a-z]+ [a-z]+) is in the first", texts["products"])
    assert all(name in bank.catalogue.names for name in named)
