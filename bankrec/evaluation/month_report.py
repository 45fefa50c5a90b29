"""The tables of one month that are reported of a backtest, beside its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from bankrec.config import Config
from bankrec.evaluation.baselines import baselines, compare
from bankrec.evaluation.groups import gaps, quality
from bankrec.evaluation.quality import format_quality
from bankrec.evaluation.tables import by_product, by_rank, reliability
from bankrec.forecasts import ExpectedInterval
from bankrec.history import History
from bankrec.holdings import Words
from bankrec.ranked import Ranked
from bankrec.results import BASELINES, CALIBRATION, GROUPS, BacktestMetrics

OURS = "our model"
# Columns of the tables: names in `metrics.json`.
OF_METHOD = {"MAP@7": "map_at_7", "of max": "of_maximum", "low": "low", "high": "high", "recall@7": "recall_at_7"}
OF_BAND = {"mean score": "expected", "share acquired": "observed", "recommendations": "pairs"}


@dataclass(frozen=True)
class MonthReport:
    """Tables of one month: `methods` as `baselines.compare`, `groups` as `groups.quality`, others as in `tables`."""

    methods: pd.DataFrame
    products: pd.DataFrame
    ranks: pd.DataFrame
    bands: pd.DataFrame
    groups: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """For `metrics.json`.

        `baselines`, a row for each method without a ranker; `groups`, a row each; `gaps`, the groups served worse, in
        words; `calibration`, a row for each band of score.
        """
        others = self.methods.loc[self.methods.index != OURS, list(OF_METHOD)].rename_axis("method").reset_index()
        bands = self.bands.loc[self.bands["recommendations"] > 0, list(OF_BAND)]
        return {
            "gaps": gaps(self.groups),
            BASELINES: _records(others.rename(columns=OF_METHOD)),
            GROUPS: _records(self.groups),
            CALIBRATION: _records(bands.rename(columns=OF_BAND)),
        }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as they go to JSON: None for what is missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def month_report(
    history: History,
    ranked: Ranked,
    added: Words,
    target: int,
    config: Config,
    interval: ExpectedInterval | None = None,
) -> MonthReport:
    """Tables of the lists of customers of `history` who are present in month number `target`, and what they added.

    With the `interval` of what was expected, the table of products has it too.
    """
    lists = ranked.items, ranked.scores, added
    rows = history.rows(ranked.user_id)
    methods = baselines(history, target, rows, config) | {OURS: ranked.items}
    return MonthReport(
        methods=compare(methods, added),
        products=by_product(history.bank.catalogue, *lists, interval),
        ranks=by_rank(*lists),
        bands=reliability(*lists),
        groups=quality(history, ranked, added, target, config),
    )


def format_backtest(metrics: BacktestMetrics, report: MonthReport) -> str:
    """The backtest as text: quality, a line a rule, the groups that are served worse."""
    rules = (
        f"rule {name}: {cost.candidates_removed:,} candidates removed, {cost.acquisitions_lost:,} acquisitions lost"
        for name, cost in metrics.rules.items()
    )
    return "\n".join(
        [
            f"backtest, target month {metrics.target_month}",
            format_quality(metrics.quality),
            *([str(metrics.forecast)] if metrics.forecast else []),
            *rules,
            *(gaps(report.groups) or ["no group is served worse than the bank as a whole"]),
        ]
    )
