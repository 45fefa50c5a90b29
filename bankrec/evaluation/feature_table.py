"""The feature table that CatBoost on pairs is fitted on: names, meanings and a few rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec.history import History
from bankrec.holdings import unpack
from bankrec.model.feature_meanings import family, meaning
from bankrec.model.features import ADDITIVE, features
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import additive_scores
from bankrec.model.states import states
from bankrec.transitions import Transition

ACQUIRED = "acquired in the target month"
CUSTOMERS = 2  # shown


def feature_table(history: History, recommender: Recommender, target: int) -> pd.DataFrame:
    """A row a feature: its meaning, whether it is of a pair or a customer, its value in a few pairs; first the label.

    The pairs are of the first `CUSTOMERS` who acquire something in month number `target`: the product acquired and the
    first candidate that is not. Features that differ in the product alone (`holds_`, `is_`) share a row, which names
    the products whose value is 1.
    """
    bank = history.bank
    step = Transition.into(history.words, target, bank.n)
    rows = np.flatnonzero(step.added != 0)[:CUSTOMERS]
    past = history.until(target).take(rows)
    known, additive = features(past, recommender.items, recommender.config), additive_scores(past, recommender.models)
    acquired, free = unpack(step.added[rows], bank.n), ~unpack(known.held, bank.n)
    chosen = [(row, bit) for row in range(len(rows)) for bit in _one_of_each(acquired[row], free[row])]
    places, bits = (np.array(part, dtype=np.int64) for part in zip(*chosen, strict=True)) if chosen else ([], [])
    pairs = known.pairs(np.asarray(places, np.int64), np.asarray(bits, np.int64), additive)
    values = pd.DataFrame(pairs, columns=known.names)
    names = dict(zip(bank.ids, bank.catalogue.names, strict=True))
    titles = [f"customer {history.user_id[rows[row]]}, {names[bank.ids[bit]]}" for row, bit in chosen]
    of_pair = {family(name, bank) for name in (*known.pair_names, ADDITIVE)}
    table: dict[str, list[object]] = {
        ACQUIRED: ["what the model learns", "pair", *("yes" if acquired[row, bit] else "no" for row, bit in chosen)]
    }
    for group in dict.fromkeys(family(name, bank) for name in known.names):
        members = [name for name in known.names if family(name, bank) == group]
        shown = [_ones(row, members, group, names) for _, row in values[members].iterrows()]
        description = meaning(members[0], bank)
        if group not in known.names:
            description = description.replace(members[0].partition("_")[2], "that product")
        table[group] = [description, "pair" if group in of_pair else "customer", *shown]
    return pd.DataFrame.from_dict(table, orient="index", columns=["meaning", "of", *titles]).rename_axis("feature")


def field_table(history: History, recommender: Recommender, target: int) -> pd.DataFrame:
    """The fields that the additive model sees: a row a subject, and how many values each has; products share a row."""
    bank = history.bank
    known = states(history.until(target), recommender.vocabulary, recommender.config)
    rows: dict[str, tuple[int, int]] = {}
    for name, size in zip(known.names, known.sizes, strict=True):
        field = "each product" if name in bank.bit else name
        fields, _ = rows.get(field, (0, 0))
        rows[field] = fields + 1, size
    return pd.DataFrame.from_dict(rows, orient="index", columns=["fields", "values of each"]).rename_axis("subject")


def _one_of_each(acquired: np.ndarray, free: np.ndarray) -> list[int]:
    """The first product acquired, and the first candidate that is not."""
    return [int(bits[0]) for bits in (np.flatnonzero(acquired), np.flatnonzero(free & ~acquired)) if len(bits)]


def _ones(row: pd.Series, members: list[str], group: str, names: dict[str, str]) -> str:
    if group in members:
        return "" if np.isnan(row.iloc[0]) else f"{row.iloc[0]:.4g}"
    return ", ".join(names[name.partition("_")[2]] for name in members if row[name] == 1) or "none"
