"""The explainer: a recommender, and the facts and surrogate that its reasons come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bankrec.errors import InputError
from bankrec.explain.group_rates import Facts, learn_facts
from bankrec.explain.reasons import choose
from bankrec.explain.surrogate import Surrogate, learn_surrogate
from bankrec.history import History
from bankrec.model.base_rates import base_rates
from bankrec.model.recommender import Recommender
from bankrec.ranked import Ranked, Reasons
from bankrec.storage.atomic import replacing

_TABLES: dict[str, Any] = {"facts": Facts, "surrogate": Surrogate}


@dataclass(frozen=True)
class Explainer:
    """`facts`: which groups acquire which products more often; `surrogate`: effect of each state on the score."""

    recommender: Recommender
    facts: Facts
    surrogate: Surrogate

    def save(self, folder: Path) -> None:
        """Write the recommender and its explanations to `folder` (replaced as a whole)."""
        with replacing(folder) as beside:
            beside.mkdir()
            self.recommender.write(beside)
            for name in _TABLES:
                np.savez(beside / f"{name}.npz", **vars(getattr(self, name)))

    @classmethod
    def load(cls, folder: Path) -> Explainer:
        """Read what `save` wrote; an `InputError` names the folder when a part of it is missing."""
        recommender, tables = Recommender.load(folder), {}
        try:
            for name, kind in _TABLES.items():
                with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
                    tables[name] = kind(**stored)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(f"{folder} does not contain a complete explainer ({error}): train again") from error
        return cls(recommender=recommender, **tables)


def explain(history: History, recommender: Recommender) -> Explainer:
    """Learn facts and surrogate from `history`, up to the recommender's as-of month."""
    past = history.until(len(history.months))
    facts = learn_facts(history, base_rates(past), recommender.config)
    return Explainer(recommender, facts, learn_surrogate(past, recommender))


def reasons(history: History, ranked: Ranked, explainer: Explainer) -> Reasons:
    """Reasons for the lists in `ranked`, whose customers are in `history`, sorted by id."""
    batch = history.of(ranked.user_id)
    return choose(batch, ranked.items, explainer.surrogate, explainer.facts, explainer.recommender.models)
