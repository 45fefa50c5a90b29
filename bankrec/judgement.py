"""What is reported of the month judged beside the metrics: tables, and what personal attributes are worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from bankrec import charts, tracking
from bankrec.config import PERSONAL, Config
from bankrec.evaluation import K, baselines, by_product, by_rank, compare, judge_months, reliability
from bankrec.groups import gaps, quality
from bankrec.histories import History
from bankrec.intervals import ratio_interval
from bankrec.metrics import additions, average_precision
from bankrec.recommend import Ranked
from bankrec.rules import Rule
from bankrec.words import Words


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

    def log(self, logged: tracking.Run) -> None:
        """Tables and plots, as a person wants to see them in MLflow."""
        logged.table(self.methods.reset_index(names="method"), "methods")
        logged.table(self.products.reset_index(), "by_product")
        logged.table(self.ranks.reset_index(), "by_rank")
        logged.table(self.groups, "by_group")
        logged.table(self.bands, "reliability")
        logged.figure(charts.recall_by_product(self.products), "recall_by_product")
        logged.figure(charts.exposure(self.products), "exposure")
        logged.figure(charts.reliability(self.bands), "reliability")


def judgement(history: History, ranked: Ranked, added: Words, target: int, config: Config) -> Judgement:
    """Tables of the lists of customers of `history` who are present in `target`, and what they added."""
    lists = ranked.items, ranked.scores, added
    rows = np.searchsorted(history.user_id, ranked.user_id)
    methods = baselines(history, target, rows, config) | {"ALS + ranker": ranked.items}
    return Judgement(
        methods=compare(methods, added),
        products=by_product(*lists),
        ranks=by_rank(*lists),
        bands=reliability(*lists),
        groups=quality(history, ranked, added, target),
    )


def without_personal(
    history: History,
    ranked: Ranked,
    added: Words,
    target: int,
    config: Config,
    own: tuple[Rule, ...] = (),
    *,
    progress: bool = True,
) -> dict[str, float]:
    """The same month judged by models that see neither sex nor age nor nationality.

    `map_at_7_of_maximum` of theirs, and `cost`: by how much it is below that of `ranked`, with its 95%
    interval (paired: customers are drawn with both lists).
    """
    fewer = replace(config, left_out=tuple(sorted({*config.left_out, *PERSONAL})))
    _, _, other, _, found = next(judge_months(history, fewer, [target], own=own, progress=progress))
    lost = average_precision(ranked.items, added, K) - average_precision(other.items, added, K)
    cost = ratio_interval(lost, (additions(added) > 0).astype(np.float64))
    share = found["map_at_7_of_maximum"]
    return {"map_at_7_of_maximum": share, "cost": cost.value, "cost_low": cost.low, "cost_high": cost.high}
