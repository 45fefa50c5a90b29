"""Sentences about the models, with every figure taken from the results: see `sentences`."""

from __future__ import annotations

import pandas as pd

from bankrec.evaluation.importance import ADDITIVE
from bankrec.evaluation.learning_curves import EVALUATED, LEARNED
from bankrec.evaluation.sentences import NAMED, of_maximum
from bankrec.model.recommender import Recommender
from bankrec.number_texts import in_a_row, percent

FLAT = 0.005  # fraction of a loss: a curve that ends within it of its minimum counts as flat
EASIER = (
    "Where the loss on the month evaluated is the lower one, this month is easier to predict than the mean of the"
    " months learned from: months differ in how many customers acquire something, and what."
)


def als(table: pd.DataFrame, als_name: str, popular: str, recommender: Recommender) -> str:
    """What ALS reaches alone; `table` as `baselines.compare`, with the names of its row and of popularity's."""
    own, other = table.loc[[als_name]].iloc[0], table.loc[[popular]].iloc[0]
    apart = (
        "less than" if own["high"] < other["low"] else "more than" if own["low"] > other["high"] else "about as much as"
    )
    return (
        f"ALS learns {recommender.items.shape[1]} numbers for each of {len(recommender.items)} products from what is"
        f" held in the last {recommender.config.als.window} months. Its own ranking of the candidates reaches"
        f" {of_maximum(own):.3f} of the maximum, {apart} {popular} with {of_maximum(other):.3f}. It ranks products that"
        " fit those held; it does not see which products were acquired or lost, nor when."
    )


def curves(table: pd.DataFrame) -> str:
    """The losses of each fit on the months learned from and on the month evaluated; `table` as `learning_curves`."""
    lines, easier = [], False
    for model, rows in table.groupby("model", sort=False):
        learned, back = (rows[rows["data"] == data].set_index("step")["loss"] for data in (LEARNED, EVALUATED))
        if not len(learned) or not len(back):
            continue
        step = "iterations" if model == ADDITIVE else "trees"
        first = f"in {learned.index[-1]} {step} from {learned.iloc[0]:.4f} to {learned.iloc[-1]:.4f}"
        text = f"- **{model}**: the loss on the months learned from falls {first}; on the month evaluated it ends"
        text += f" at {back.iloc[-1]:.4f}"
        if len(back) > 1:
            text += f", its minimum is {back.min():.4f} after {back.idxmin()} {step}: {_end(back, step)}"
        lines.append(f"{text}.")
        easier |= back.iloc[-1] < learned.iloc[-1]
    if easier:
        lines += ["", EASIER]
    return "\n".join(lines)


def _end(losses: pd.Series, step: str) -> str:
    """Whether a curve of losses by step still falls at its end, is flat there, or has turned up."""
    if losses.idxmin() == losses.index[-1]:
        return f"still falling at its end, more {step} might help"
    turned = losses.iloc[-1] > losses.min() * (1 + FLAT)
    return "the last ones no longer help this month" if turned else "the curve is flat at its end"


def importance(table: pd.DataFrame) -> str:
    """The topics of greatest importance in each model; `table` as `importance.by_topic`."""
    lines = []
    for model in table.columns:
        top = table[model].sort_values(ascending=False, kind="stable").head(NAMED)
        lines.append(
            f"- **{model}**: {in_a_row([f'{topic} ({percent(value / 100)})' for topic, value in top.items()])}."
        )
    return "\n".join(lines)


def ablation(table: pd.DataFrame) -> str:
    """Which parts raise the quality in this month, and which have no clear effect; `table` as `ablation.ablation`."""
    worth, costs = table[table["low"] > 0], table[table["high"] < 0]
    open_ones = table[~table.index.isin([*worth.index, *costs.index])]
    sentences = []
    if len(worth):
        each = [f"{part} {row['gain']:.3f}" for part, row in worth.iterrows()]
        sentences.append(f"Parts that raise MAP@7 in this month, by a share of its maximum: {in_a_row(each)}.")
    if len(costs):
        each = [f"{part} {row['gain']:.3f}" for part, row in costs.iterrows()]
        sentences.append(f"Parts that lower it in this month: {in_a_row(each)}.")
    if len(open_ones):
        sentences.append(f"Parts without a clear effect in one month: {in_a_row(list(open_ones.index))}.")
    few = table["customers learned from"].min()
    if few < table["customers learned from"].max():
        parts = in_a_row(list(table.index[table["customers learned from"] == few]))
        sentences.append(
            f"To be quick, what is learned from ({parts}) was left out of a fit to {few:,.0f} customers, not to the"
            " whole bank: with all of them a part may be worth more or less."
        )
    return " ".join(sentences)
