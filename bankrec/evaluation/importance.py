"""Importance of features by topic: of both rankers, and of the model of whether a customer acquires anything."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.evaluation.tables import importances
from bankrec.history import History, present
from bankrec.holdings import all_held, unpack
from bankrec.model.additive import log_shares
from bankrec.model.crossings import crossed
from bankrec.model.feature_meanings import HELD, OWN_PAST, WHICH, topic, topic_of_field
from bankrec.model.recommender import Recommender
from bankrec.model.states import states

CUSTOMERS = 4_000  # whose contributions are averaged
PAIRS, ADDITIVE, WHETHER = "CatBoost on pairs", "additive model", "CatBoost on customers"

Floats = npt.NDArray[np.float64]


def by_topic(history: History, recommender: Recommender, target: int) -> pd.DataFrame:
    """Importance of each topic in percent of the model's: topics as rows, the three models as columns.

    Of CatBoost by its own measure (how far predictions change with a feature); of the additive model by how far a
    topic's part of the log-odds is from that of the usual customer, among a customer's candidates (a standard
    deviation, candidates weighted by the model's shares, over customers of the month before `target`). Each is made to
    add up to 100: they compare topics within a model, not models.
    """
    bank = recommender.bank
    columns = {
        PAIRS: importances(recommender.ranker).groupby(lambda name: topic(name, bank)).sum(),
        ADDITIVE: _of_additive(history, recommender, target),
        WHETHER: importances(recommender.activity).groupby(lambda name: topic(name, bank)).sum(),
    }
    table = pd.DataFrame(columns).fillna(0.0)
    table = 100.0 * table / table.sum().replace(0.0, 1.0)
    order = table[[PAIRS, ADDITIVE]].mean(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis("topic")


def _of_additive(history: History, recommender: Recommender, target: int) -> pd.Series:
    """Standard deviation of each topic's part of the log-odds among a customer's candidates: float by topic."""
    bank, additive = recommender.bank, recommender.additive
    past = history.until(target)
    there = np.flatnonzero(present(past))
    past = past.take(there[:: max(1, -(-len(there) // CUSTOMERS))])
    free = ~unpack(past.words[:, -1], bank.n)
    parts: dict[str, Floats] = {WHICH: np.tile(additive.intercept, (len(past), 1))}
    for name, own, part in parts_by_field(past, recommender):
        about = OWN_PAST if own else HELD if name in bank.bit else topic_of_field(name, bank)
        parts[about] = parts[about] + part if about in parts else part
    usual = {name: part.mean(axis=0) for name, part in parts.items() if name != WHICH}
    parts[WHICH] += sum(usual.values())  # equal for all customers: it depends on the product alone
    centred = {name: part - usual.get(name, 0.0) for name, part in parts.items()}
    share = np.exp(log_shares(sum(centred.values()) + recommender.calibration.level, free))
    return pd.Series({name: _spread(part, share) for name, part in centred.items()})


def parts_by_field(past: History, recommender: Recommender) -> Iterator[tuple[str, bool, Floats]]:
    """What each field adds to the additive model's log-odds: its name, whether it is `own`, and float64 [n, products].

    The state of a product is two parts: what it adds to the product itself, `own`, and what it adds to the others.
    """
    bank, additive = past.bank, recommender.additive
    held = past.words[:, -1] & all_held(bank.n)
    known = crossed(states(past, recommender.vocabulary, recommender.config), held, additive.baskets, bank)
    for field, (name, offset) in enumerate(zip(known.names, known.offsets(), strict=True)):
        part = additive.weights[known.codes[:, field] + offset]
        if name in bank.bit:
            own = np.zeros_like(part)
            own[:, bank.bit[name]] = part[:, bank.bit[name]]
            yield name, True, own
            part = part - own
        yield name, False, part


def _spread(part: Floats, share: Floats) -> float:
    """Standard deviation of `part` among the products of a customer, weighted by `share`; both [n, products]."""
    centred = part - (share * part).sum(axis=1, keepdims=True)
    return float(np.sqrt((share * centred**2).sum() / max(len(part), 1)))
