"""Sentences about the models, with every figure taken from the results: see `sentences`."""

from __future__ import annotations

import pandas as pd

from bankrec.evaluation.importance import ADDITIVE
from bankrec.evaluation.learning_curves import HELD_BACK, LEARNED
from bankrec.evaluation.sentences import NAMED, percent, series
from bankrec.model.recommender import Recommender

FLAT = 0.005  # part of a loss: a curve that ends within this of its least has not turned


def als(table: pd.DataFrame, als_name: str, popular: str, recommender: Recommender) -> str:
    """What ALS reaches alone; `table` as `baselines.compare`, with the names of its row and of popularity's."""
    own, other = table.loc[als_name], table.loc[popular]
    apart = (
        "less than" if own["high"] < other["low"] else "more than" if own["low"] > other["high"] else "about as much as"
    )
    return (
        f"ALS learns {recommender.items.shape[1]} numbers for each of {len(recommender.items)} products from what is"
        f" held in the last {recommender.config.als.window} months. Its own ranking of the candidates reaches"
        f" {own['of max']:.3f} [{own['low']:.3f}, {own['high']:.3f}] of the maximum, {apart} {popular} with"
        f" {other['of max']:.3f} [{other['low']:.3f}, {other['high']:.3f}]. It says what fits the products held; it"
        " does not see which products were acquired or lost, nor when."
    )


def curves(table: pd.DataFrame) -> str:
    """How each fit goes on the months learned from and on the month held back; `table` as `learning_curves`."""
    said = []
    for model, rows in table.groupby("model", sort=False):
        learned, back = (rows[rows["data"] == data].set_index("step")["loss"] for data in (LEARNED, HELD_BACK))
        if not len(learned) or not len(back):
            continue
        step = "iterations" if model == ADDITIVE else "trees"
        first = f"in {learned.index[-1]} {step} from {learned.iloc[0]:.4f} to {learned.iloc[-1]:.4f}"
        text = f"- **{model}**: the loss on the months learned from falls {first}; on the month held back it ends"
        text += f" at {back.iloc[-1]:.4f}"
        if len(back) > 1:
            turned = back.iloc[-1] > back.min() * (1 + FLAT)
            text += f", its least is {back.min():.4f} after {back.idxmin()} {step}" + (
                ": the last ones no longer help this month" if turned else ": the curve is flat at its end"
            )
        said.append(f"{text}.")
    return "\n".join(said)


def importance(table: pd.DataFrame) -> str:
    """What each model looks at most; `table` as `importance.by_topic`."""
    lines = []
    for model in table.columns:
        top = table[model].sort_values(ascending=False, kind="stable").head(NAMED)
        lines.append(f"- **{model}**: {series([f'{topic} ({percent(value / 100)})' for topic, value in top.items()])}.")
    return "\n".join(lines)


def ablation(table: pd.DataFrame) -> str:
    """Which parts are worth something in this month, which can't be shown; `table` as `ablation.ablation`."""
    worth, costs = table[table["low"] > 0], table[table["high"] < 0]
    open_ones = table[~table.index.isin([*worth.index, *costs.index])]
    said = []
    if len(worth):
        each = [f"{part} {row['gain']:.3f}" for part, row in worth.iterrows()]
        said.append(f"Worth something in this month, as a share of the maximum: {series(each)}.")
    if len(costs):
        each = [f"{part} {row['gain']:.3f}" for part, row in costs.iterrows()]
        said.append(f"Better without, in this month: {series(each)}.")
    if len(open_ones):
        said.append(f"One month does not say whether they help or cost: {series(list(open_ones.index))}.")
    few = table["customers learned from"].min()
    if few < table["customers learned from"].max():
        parts = series(list(table.index[table["customers learned from"] == few]))
        said.append(
            f"To be quick, what is learned from ({parts}) was left out of a fit to {few:,.0f} customers, not to the"
            " whole"
            " bank: with all of them a part may be worth more or less."
        )
    return " ".join(said)
