"""Ablation: the gain of each part, over customers."""

from __future__ import annotations

import pytest

from bankrec.evaluation import model_sentences
from bankrec.evaluation.ablation import ablation, left_out
from tests.other_bank import BARE, OTHER


def test_the_fitted_model_is_the_one_that_is_compared(held_back) -> None:
    history, month = held_back
    table = ablation(history, month, customers=300)
    used = ["CatBoost on pairs", "calibration and forecast"]
    assert list(table.index) == [*used, "the additive model", *left_out(history.bank)]
    assert table.loc[used, "with"].tolist() == pytest.approx([month.quality.map_at_7_of_maximum.value] * 2)
    assert (table.loc[used, "customers learned from"] == len(history)).all()
    assert (table.drop(index=used)["customers learned from"] <= 300).all()
    assert (table["with"] - table["without"]).tolist() == pytest.approx(table["gain"].tolist())
    assert ((table["low"] <= table["gain"]) & (table["gain"] <= table["high"])).all()
    sentences = model_sentences.ablation(table)
    assert all(part in sentences for part in table.index) and "fit to 300 customers" in sentences


def test_parts_are_those_that_the_bank_has() -> None:
    assert left_out(BARE) == {"ALS scores": ("als", "als_rank")}
    assert left_out(OTHER)["the customer's profile"] == ("balance", "online", "branch")
