"""Sentences about the models agree with the figures."""

from __future__ import annotations

import pandas as pd
import pytest

from bankrec.evaluation import model_sentences
from bankrec.evaluation.importance import ADDITIVE, PAIRS, by_topic
from bankrec.evaluation.learning_curves import EVALUATED, LEARNED, learning_curves
from bankrec.evaluation.month_report import month_report


def curve(*losses: float) -> pd.DataFrame:
    rows = [(PAIRS, LEARNED, 1, 0.5), (PAIRS, LEARNED, 2, 0.4)]
    rows += [(PAIRS, EVALUATED, step, loss) for step, loss in enumerate(losses, 1)]
    return pd.DataFrame(rows, columns=["model", "data", "step", "loss"])


def test_the_sentence_names_a_curve_that_turns_up() -> None:
    assert "no longer help" in model_sentences.curves(curve(0.5, 0.4, 0.45))
    assert model_sentences.EASIER not in model_sentences.curves(curve(0.5, 0.4, 0.45))
    assert model_sentences.EASIER in model_sentences.curves(curve(0.5, 0.39))
    assert "after 2 trees: still falling at its end, more trees might help" in model_sentences.curves(curve(0.5, 0.39))
    flat = model_sentences.curves(curve(0.5, 0.4, 0.4))
    assert "flat at its end" in flat and "might help" not in flat and "its minimum is 0.4000 after 2 trees" in flat


def parts(low: float, high: float, customers: int = 100) -> pd.DataFrame:
    gain = (low + high) / 2
    columns = {"gain": [gain], "low": [low], "high": [high], "customers learned from": [customers]}
    return pd.DataFrame(columns, index=["ALS scores"])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.2, "Parts that raise MAP@7"), (-0.2, -0.1, "Parts that lower it"), (-0.1, 0.1, "without a clear effect")],
)
def test_a_part_is_evaluated_by_its_interval(low: float, high: float, verdict: str) -> None:
    assert verdict in model_sentences.ablation(parts(low, high))


def test_the_sentence_names_a_smaller_fit() -> None:
    both = pd.concat([parts(0.1, 0.2, 50), parts(0.1, 0.2).rename(index={"ALS scores": "CatBoost"})])
    sentences = model_sentences.ablation(both)
    assert "(ALS scores) was left out of a fit to 50 customers" in sentences
    assert "fit to" not in model_sentences.ablation(parts(0.1, 0.2))


def test_every_sentence_holds_for_two_banks(held_back) -> None:
    history, month = held_back
    of, config = month.recommender, month.recommender.config
    methods = month_report(history, month.ranked, month.added, month.target, config).methods
    looked_at = by_topic(history, of, month.target)
    curves = learning_curves(history, of, month.target)
    sentences = [
        model_sentences.als(methods, "ALS", "popularity of acquisitions", of),
        model_sentences.importance(looked_at),
        model_sentences.curves(curves),
    ]
    assert (
        f"each of {history.bank.n} products" in sentences[0] and f"{methods.loc['ALS', 'of max']:.3f}" in sentences[0]
    )
    assert f"- **{ADDITIVE}**: {looked_at[ADDITIVE].idxmax()} (" in sentences[1]
    last = curves[(curves["model"] == PAIRS) & (curves["data"] == EVALUATED)]["loss"].iloc[-1]
    assert f"ends at {last:.4f}" in sentences[2]
    assert all("nan" not in text and "None" not in text for text in sentences)
