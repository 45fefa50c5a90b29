"""Evaluation: ranked lists against what was added, beside the maximum and the popularity baseline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec import holdings
from bankrec.evaluation import metrics
from bankrec.evaluation.at_k import at_k, table
from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import K
from bankrec.evaluation.tables import expected_matrix
from bankrec.holdings import Words, unpack
from bankrec.results import Quality


def evaluate(
    items: holdings.Items, scores: npt.NDArray[np.float32], added: Words, held: Words, popular: holdings.Items
) -> Quality:
    """All metrics of the lists of n customers.

    `items`, `scores` [n, products] as in `Ranked`; `added` uint64 [n] what they added in the target month;
    `held` uint64 [n] what they held before; `popular` int8 [n, m] the baseline's lists (of
    `popularity.of_acquisitions`: see `backtest.evaluate_month`). MAP@7 is over
    all customers (the competition's) and as a share of its maximum, the share of customers who add;
    precision over all customers; recall, NDCG and hit rate over customers who add.
    """
    n, adds = len(added), (metrics.acquisitions(added) > 0).astype(np.float64)
    each = metrics.average_precision(items, added, K)
    over_all, of_maximum = ratio_interval(each, np.ones(n)), ratio_interval(each, adds)
    baseline = metrics.average_precision(popular, added, K)
    products = items.shape[1]
    lists, flags = expected_matrix(items, scores), unpack(added, products)
    expected, observed = float(lists.sum(dtype=np.float64)), float(flags.sum())
    free = ~unpack(held, products)
    acquirers = max(adds.sum(), 1.0)
    return Quality(
        customers=n,
        acquirers=float(adds.sum()),
        map_at_7=over_all,
        map_at_7_maximum=float(adds.mean()),
        map_at_7_of_maximum=of_maximum,
        map_at_7_popularity=float(baseline.mean()),
        map_at_7_popularity_of_maximum=float(baseline.sum() / acquirers),
        ndcg_at_7=float(metrics.ndcg(items, added, K).sum() / acquirers),
        hit_rate_at_7=float(metrics.hit_rate(items, added, K).sum() / acquirers),
        hit_rate_at_1=float(metrics.hit_rate(items, added, 1).sum() / acquirers),
        exposure_gini_at_5=metrics.exposure_gini(items, 5, products),
        expected_acquisitions=expected,
        observed_acquisitions=observed,
        forecast_error=expected / observed - 1.0 if observed else float("nan"),
        calibration_error=metrics.calibration_error(lists[free], flags[free]),
        base_rate=float(flags[free].mean()) if free.any() else float("nan"),
        at=at_k(items, added, held),
    )


def _at_places(quality: Quality) -> list[str]:
    """Precision, recall, coverage and novelty by the number of places, a line each."""
    shown = table(quality.at)
    over = {"precision": " (over all customers)", "recall": " (over acquirers)"}
    lines = [" " * 14 + "".join(f"{column:>9}" for column in shown.columns)]
    lines += [
        f"{name:<14}" + "".join(f"{x:>9.4f}" for x in row) + over.get(name, "") for name, *row in shown.itertuples()
    ]
    return lines


def format_quality(quality: Quality) -> str:
    """The headline metrics as lines of text."""
    over_all, of_maximum = quality.map_at_7, quality.map_at_7_of_maximum
    lines = [
        f"customers {quality.customers:,.0f}, of whom {quality.acquirers:,.0f} acquire something",
        f"MAP@7      {over_all} of at most {quality.map_at_7_maximum:.5f}",
        f"  of max   {of_maximum:.4f}; popularity of acquisitions {quality.map_at_7_popularity_of_maximum:.4f}",
        f"NDCG@7     {quality.ndcg_at_7:.4f}  hit rate@7 {quality.hit_rate_at_7:.4f}, @1 {quality.hit_rate_at_1:.4f}"
        " (over acquirers)",
        *_at_places(quality),
        f"acquisitions  {quality.expected_acquisitions:,.0f} expected, {quality.observed_acquisitions:,.0f} observed"
        f" ({quality.forecast_error:+.1%}); calibration error {quality.calibration_error:.5f}"
        f" at a base rate of {quality.base_rate:.5f}",
        "  (of all candidates, also those that rules remove: their score counts as 0)",
    ]
    return "\n".join(lines)
