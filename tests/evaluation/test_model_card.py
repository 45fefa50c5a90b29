"""The model card: every section, and only figures of its training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.evaluation.baselines import compare
from bankrec.evaluation.groups import by_group
from bankrec.evaluation.model_card import model_card
from bankrec.evaluation.month_report import MonthReport
from bankrec.evaluation.quality import evaluate
from bankrec.evaluation.tables import by_product, by_rank, reliability
from bankrec.model.season import cautions
from bankrec.results import (
    BacktestMetrics,
    GroupAgreement,
    Interval,
    PersonalCost,
    ReasonAgreement,
    RuleCost,
    TrainingMetrics,
)
from tests.santander import BANK

SECTIONS = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Who is served how well",
    "Calibration",
    "Rules before rank",
    "Reasons",
    "Training and evaluation data",
    "Ethical considerations",
    "Limits",
    "How to reproduce",
]
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "model_card.md"
N = 200


def headings(card: str) -> list[str]:
    return [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]


REASONS = ReasonAgreement(
    customers=99,
    surrogate_explains=0.953,
    agreement=Interval(0.8123, 0.79, 0.83),
    first_in_top_two=0.77,
    with_reason=0.7,
    base_rate_alone=0.2345,
    by_group={"other products": GroupAgreement(5, None, 0.5)},
)


@pytest.fixture
def trained() -> tuple[TrainingMetrics, MonthReport]:
    """Half of the customers add product 3, which stands first for the even ones and last for the odd."""
    order = np.arange(24, dtype=np.int8)
    first = np.roll(order, -3)
    items = np.where((np.arange(N) % 2 == 0)[:, None], first, first[::-1])
    scores = np.full((N, 24), 0.02, np.float32)
    added = np.where(np.arange(N) < N // 2, np.uint64(1 << 3), np.uint64(0)).astype(np.uint64)
    names = np.where(np.arange(N) % 2 == 0, "even", "odd")
    backtest = BacktestMetrics(
        target_month="2016-05-28",
        quality=evaluate(items, scores, added, np.zeros(N, np.uint64), items),
        rules={"no_loans": RuleCost("a reason to see", 4321, 17)},
    )
    metrics = TrainingMetrics(
        data="a made-up bank",
        as_of="2016-05-28",
        customers_in_history=1234,
        months=17,
        cautions=(),
        run_id="run-7",
        reasons=REASONS,
        backtest=backtest,
    )
    report = MonthReport(
        methods=compare({"a baseline": items}, added),
        products=by_product(BANK.catalogue, items, scores, added),
        ranks=by_rank(items, scores, added),
        bands=reliability(items, scores, added),
        groups=by_group({"parity": names}, BANK.catalogue, items, scores, added, items[:, ::-1]),
    )
    return metrics, report


def test_the_card_states_everything(trained: tuple[TrainingMetrics, MonthReport]) -> None:
    metrics, report = trained
    assert metrics.backtest is not None
    quality = metrics.backtest.quality
    card = model_card(metrics, BANK, Config(), report, "abc123")
    assert headings(card) == SECTIONS
    for text in (
        "a made-up bank", "abc123", "run-7", "a reason to see", "| 4,321 | 17 |", "81.2%", "95.3%", "a baseline",
        f"{quality.map_at_7.value:.5f}", f"{quality.map_at_7_popularity_of_maximum:.3f}",
        "parity odd: 0.000 [0.000, 0.000] of the maximum", "served worse than the bank as a whole",
        "`age`, `sex`, `foreigner`. They", "are `tenure`, `income`, `channel`, `province`.",
        "train --without-personal", "control group", "100 customers", "23.4%",
        "Nothing is offered to the deceased", "offered to minors only", "Used by the models and never shown: `income`",
    ):  # fmt: skip
        assert text in " ".join(card.split()), text
    assert "nan" not in card.lower().replace("financ", "") and "None" not in card
    assert report.as_dict()["gaps"] and report.as_dict()["groups"][1]["group"] == "even"


def test_what_leaving_attributes_out_costs(trained: tuple[TrainingMetrics, MonthReport]) -> None:
    metrics, report = trained
    assert metrics.backtest is not None
    cost = PersonalCost(0.777, Interval(0.0123, -0.01, 0.03))
    card = model_card(
        replace(metrics, backtest=replace(metrics.backtest, without_personal=cost)), BANK, Config(), report, "x"
    )
    assert "0.0123 of the maximum [-0.0100, 0.0300]" in card and "0.777 without them" in card
    without = model_card(metrics, BANK, Config(left_out=("sex",)), report, "abc123")
    assert "Left out of this model: sex" in without and "seen by no model: `sex`." in without
    assert "seen by no model" not in card


def test_a_short_history_is_a_caution_at_the_top(trained: tuple[TrainingMetrics, MonthReport]) -> None:
    metrics, report = trained
    assert "Caution" not in model_card(metrics, BANK, Config(), report, "abc123")
    card = model_card(
        replace(metrics, cautions=tuple(cautions(6, Config().base_rates))), BANK, Config(), report, "abc123"
    )
    top = " ".join(card.split("## Model details")[0].split())
    assert "**Caution**: the history has 6 months, and the forecast knows a season only from 13 on" in top


def test_two_months_have_no_backtest(trained: tuple[TrainingMetrics, MonthReport]) -> None:
    metrics = replace(trained[0], backtest=None, reasons=replace(REASONS, agreement=None))
    card = model_card(metrics, BANK, Config(), None, "abc123")
    assert "no month to evaluate the model on" in card and "No reason was given" in card


def test_missing_values_are_those_of_the_cleaning_report(trained: tuple[TrainingMetrics, MonthReport]) -> None:
    metrics, report = trained
    missing = replace(metrics, missing_values={"renta": 0.2034, "sexo": 0.00004})
    card = model_card(missing, BANK, Config(), report, "abc123")
    assert "missing before cleaning, as a share of the rows kept: `renta` 20.34%, `sexo` 0.00%" in card
    assert "missing before cleaning" not in model_card(metrics, BANK, Config(), report, "abc123")


def test_the_example_has_the_form_of_today() -> None:
    assert headings(EXAMPLE.read_text(encoding="utf-8")) == SECTIONS
