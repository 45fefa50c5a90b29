"""The backtest: the steps of training, repeated for earlier months whose acquisitions are known, and their quality.

Every list for a month is made by a recommender fitted on the months before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bankrec.config import Config, PopularityConfig
from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import K, acquisitions, average_precision
from bankrec.evaluation.quality import evaluate
from bankrec.evaluation.tables import expected_matrix, forecast_result
from bankrec.forecasts import ExpectedInterval
from bankrec.history import History
from bankrec.holdings import Words
from bankrec.model import popularity
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import recommend_all
from bankrec.model.training import fit
from bankrec.ranked import Ranked, in_target, lists_by
from bankrec.results import BacktestMetrics, PersonalCost, Quality, RuleCost
from bankrec.rules import builtin
from bankrec.rules.builtin import Rule
from bankrec.rules.eligibility import restricted


@dataclass(frozen=True)
class Backtest:
    """What would have been published for month number `target`, and what was added in it.

    `ranked` and `added` are of the customers present in `target`; `recommender` saw the months before it.
    """

    target: int
    recommender: Recommender
    ranked: Ranked
    added: Words
    quality: Quality

    @property
    def interval(self) -> ExpectedInterval:
        """Of the acquisitions that the lists expect."""
        of, ranked = self.recommender, self.ranked
        expected = expected_matrix(ranked.items, ranked.scores).sum(axis=0, dtype=np.float64)
        return of.spread.interval(of.bank.ids, expected, of.config.base_rates)


def backtest_last_month(history: History, config: Config, *, own: tuple[Rule, ...] = ()) -> Backtest | None:
    """The same steps one month back; None with fewer than three months, because no month is left to evaluate on."""
    target = len(history.months) - 1
    return next(backtest_months(history, config, [target], own=own)) if target >= 2 else None


def backtest_months(
    history: History, config: Config, targets: Sequence[int], *, own: tuple[Rule, ...]
) -> Iterator[Backtest]:
    """The backtest of each target month. `own` are the bank's own rules: what they bar is not in the lists."""
    for target in targets:
        past = history.until(target)
        recommender = fit(past, config)
        offered = restricted(recommend_all(past, recommender), past, recommender.offerable, own)
        yield Backtest(target, recommender, *evaluate_month(history, target, offered, config.popularity))


def evaluate_month(
    history: History, target: int, all_lists: Ranked, config: PopularityConfig
) -> tuple[Ranked, Words, Quality]:
    """Lists made for `target`: those of customers present in it, what they added, how good the lists are."""
    ranked, added = in_target(history, all_lists, target)
    popular = lists_by(popularity.of_acquisitions(history.until(target), config), ranked.held)
    return ranked, added, evaluate(ranked.items, ranked.scores, added, ranked.held, popular)


def rule_costs(history: History, whole: Backtest, own: tuple[Rule, ...] = ()) -> dict[str, RuleCost]:
    """What each rule, built in or the bank's `own`, cost in the month of `whole`, by its name."""
    past = history.of(whole.ranked.user_id).until(whole.target)
    return builtin.cost(past, whole.recommender.offerable, whole.added, (*builtin.RULES, *own))


def without_personal(history: History, whole: Backtest, config: Config, own: tuple[Rule, ...] = ()) -> PersonalCost:
    """The month of `whole` once more, by models that see none of the personal attributes of the bank.

    The interval of the cost is paired: customers are drawn with both lists.
    """
    fewer = replace(config, left_out=tuple(sorted({*config.left_out, *history.bank.personal})))
    other = next(backtest_months(history, fewer, [whole.target], own=own))
    added = whole.added
    lost = average_precision(whole.ranked.items, added, K) - average_precision(other.ranked.items, added, K)
    cost = ratio_interval(lost, (acquisitions(added) > 0).astype(np.float64))
    return PersonalCost(other.quality.map_at_7_of_maximum.value, cost)


def metrics_of(
    history: History, whole: Backtest, config: Config, own: tuple[Rule, ...] = (), *, price_personal: bool = False
) -> BacktestMetrics:
    """All metrics of the month of `whole`; with `price_personal` those of `without_personal` too."""
    personal = without_personal(history, whole, config, own) if price_personal else None
    month = history.months[whole.target].isoformat()
    forecast = forecast_result(whole.ranked.items, whole.ranked.scores, whole.added, whole.interval)
    return BacktestMetrics(month, whole.quality, rule_costs(history, whole, own), personal, forecast)
