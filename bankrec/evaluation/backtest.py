"""TODO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bankrec.config import PERSONAL, Config
from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import K, additions, average_precision
from bankrec.evaluation.quality import evaluate
from bankrec.history import History
from bankrec.holdings import HOLDINGS, Words
from bankrec.model import popularity
from bankrec.model.recommender import Recommender
from bankrec.model.training import backtest
from bankrec.ranked import Ranked, in_target, lists_by
from bankrec.rules import builtin
from bankrec.rules.builtin import Rule
from bankrec.rules.eligibility import restricted


def judge_months(
    history: History, config: Config, targets: Sequence[int], *, own: tuple[Rule, ...] = (), progress: bool = True
) -> Iterator[tuple[int, Recommender, Ranked, Words, dict[str, float]]]:
    """The backtest, judged: for each target month its recommender, lists, additions and metrics.

    `own` are the bank's own rules: the lists are judged without what they bar.
    """
    for target, recommender, everyone in backtest(history, config, targets, progress=progress):
        offered = restricted(everyone, history.until(target), recommender.offerable, own)
        yield (target, recommender, *judge_month(history, target, offered))


def judge_month(history: History, target: int, everyone: Ranked) -> tuple[Ranked, Words, dict[str, float]]:
    """Lists made for `target`, judged: those of customers present in it, what they added, all metrics."""
    ranked, added = in_target(history, everyone, target)
    popular = lists_by(popularity.of_additions(history.until(target)), ranked.held & HOLDINGS)
    return ranked, added, evaluate(ranked.items, ranked.scores, added, ranked.held, popular)


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


@dataclass(frozen=True)
class Judged:
    """The same steps one month back: what would have been published for the last month, and what came.

    `ranked` and `added` are of the customers present in `target`, the number of the last month.
    """

    target: int
    recommender: Recommender
    ranked: Ranked
    added: Words
    metrics: dict[str, Any]


def judge_last_month(
    history: History, config: Config, *, own: tuple[Rule, ...] = (), progress: bool = True
) -> Judged | None:
    """The same steps one month back. Needs three months: with two there is nothing to judge on."""
    target = len(history.months) - 1
    if target < 2:
        return None
    judged = next(judge_months(history, config, [target], own=own, progress=progress))
    _, recommender, ranked, added, found = judged
    past = history.of(ranked.user_id).until(target)
    metrics = {
        "target_month": history.months[target].isoformat(),
        **found,
        "rules": builtin.cost(past, recommender.offerable, added, (*builtin.RULES, *own)),
    }
    return Judged(target, recommender, ranked, added, metrics)
