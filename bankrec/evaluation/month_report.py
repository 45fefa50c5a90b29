"""What is reported of the month judged beside the metrics: tables, and what personal attributes are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from bankrec.config import Config
from bankrec.evaluation.baselines import baselines, compare
from bankrec.evaluation.groups import gaps, quality
from bankrec.evaluation.tables import by_product, by_rank, reliability
from bankrec.history import History
from bankrec.holdings import Words
from bankrec.ranked import Ranked


@dataclass(frozen=True)
class Judgement:
    """Tables of one month: `methods` as `evaluation.compare`, `groups` as `groups.quality`, others by name."""

    methods: pd.DataFrame
    products: pd.DataFrame
    ranks: pd.DataFrame
    bands: pd.DataFrame
    groups: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """For `metrics.json`: `groups`, a row each, and `gaps`, the groups served worse, in words."""
        rows = self.groups.astype(object).where(self.groups.notna(), None)
        return {"gaps": gaps(self.groups), "groups": rows.to_dict("records")}


def judgement(history: History, ranked: Ranked, added: Words, target: int, config: Config) -> Judgement:
    """Tables of the lists of customers of `history` who are present in `target`, and what they added."""
    lists = ranked.items, ranked.scores, added
    rows = history.rows(ranked.user_id)
    methods = baselines(history, target, rows, config) | {"ALS + ranker": ranked.items}
    return Judgement(
        methods=compare(methods, added),
        products=by_product(*lists),
        ranks=by_rank(*lists),
        bands=reliability(*lists),
        groups=quality(history, ranked, added, target),
    )
