"""A published set against the month after it: recommendations and acquisitions, by rank and product."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.errors import InputError
from bankrec.evaluation.groupings import bands_in_order
from bankrec.evaluation.groups import as_text, by_group, gaps
from bankrec.evaluation.metrics import K, hits
from bankrec.evaluation.outcomes import read_outcomes
from bankrec.evaluation.quality import evaluate, format_quality
from bankrec.evaluation.tables import by_product, by_rank, forecast_result, listed
from bankrec.forecasts import ExpectedInterval, ForecastResult
from bankrec.holdings import Words, unpack
from bankrec.publishing import sets
from bankrec.publishing.reader import popular_lists, read_lists
from bankrec.publishing.statistics import UNANSWERED
from bankrec.publishing.summary import next_month
from bankrec.publishing.verification import problems
from bankrec.results import Quality
from bankrec.rules.suppression import NAME as SUPPRESSED

DECEASED = "deceased"  # name of the rule, and of the status
SHORT = {  # headers of the table by product as text
    "expected acquisitions": "expected",
    "shown in first 7": "shown",
    "hits in first 7": "hits",
    "hits of popularity": "popularity",
}


@dataclass(frozen=True)
class SetReport:
    """The quality of a set, measured in the month after its as-of month."""

    set_id: str
    as_of: str
    quality: Quality
    products: pd.DataFrame
    ranks: pd.DataFrame
    groups: pd.DataFrame
    rules: pd.DataFrame
    unknown_customers: int
    forecast: ForecastResult | None = None  # None of a set of an earlier version, which states no interval

    def text(self) -> str:
        """The report as text."""
        parts = [
            f"set {self.set_id}, as of {self.as_of}, against the month after",
            format_quality(self.quality),
            *([str(self.forecast)] if self.forecast else []),
        ]
        if self.unknown_customers:
            parts.append(f"{self.unknown_customers:,} customers of the truth file are not in the set: left out")
        seen = self.products[(self.products["acquisitions"] > 0) | (self.products["expected acquisitions"] >= 1)]
        seen = seen.rename(columns=SHORT)
        parts += [
            "\nby product (customers; shown, hits and hits of popularity in the first 7 places)",
            seen.sort_values("acquisitions", ascending=False).set_index("product").to_string(float_format="%.3f"),
            "\nby rank",
            self.ranks.to_string(float_format="%.5f"),
            "\nby group (`of max`: MAP@7 as a share of its maximum; 95% intervals)",
            as_text(self.groups),
            *(gaps(self.groups) or ["no group is served worse than the bank as a whole"]),
            "\nby rule (acquisitions: blank where a rule shares the last row)",
            self.rules.to_string(float_format="{:,.0f}".format, na_rep=""),
        ]
        return "\n".join(parts)

    def realised(self) -> dict[str, Any]:
        """The numbers that the service shows as gauges: `realised.json`."""
        return {
            "month": next_month(self.as_of),
            "set_id": self.set_id,
            "map_at_7": self.quality.map_at_7.value,
            "map_at_7_maximum": self.quality.map_at_7_maximum,
            "map_at_7_popularity": self.quality.map_at_7_popularity,
            "forecast_error": self.quality.forecast_error,
            "hit_rate": self.quality.hit_rate_at_7,
            **(self.forecast.as_dict() if self.forecast else {}),
        }


def evaluate_set(recs: Path, truth: Path) -> SetReport:
    """The current set in `recs` against `truth`, a file as `read_outcomes` takes it.

    Groups by segment and status are the set's, others those of the file where it states them.
    """
    folder = sets.current(recs)
    if folder is None:
        raise InputError(sets.none_in_use(recs))
    if wrong := problems(folder):
        remedy = "roll back, or publish another one"
        raise InputError(f"the set in use, {folder.name}, is damaged or incomplete: {'; '.join(wrong)}; {remedy}")
    manifest, lists = sets.read_manifest(folder), read_lists(folder)
    outcomes = read_outcomes(truth, lists, manifest["as_of"])
    there, added = outcomes.there, outcomes.added[outcomes.there]
    items, scores, held, status = lists.items[there], lists.scores[there], lists.held[there], lists.status[there]
    popular = popular_lists(folder, held)
    quality = evaluate(items, scores, added, held, popular)
    interval = interval_of(manifest, quality.expected_acquisitions)
    forecast = forecast_result(items, scores, added, interval) if interval else None
    products, ranks = beside_popularity(
        (by_product(lists.bank.catalogue, items, scores, added, interval), by_rank(items, scores, added)),
        popular,
        added,
    )
    segment = {lists.bank.segment.name: lists.segment} if lists.bank.segment else {}
    names = {**segment, "status": lists.status, **outcomes.groups}
    open_to = ~np.isin(status, UNANSWERED)
    of_customer = {name: of[there] for name, of in names.items()}
    order = bands_in_order(lists.bank)
    groups = by_group(of_customer, lists.bank.catalogue, items, scores, added, popular, open_to, order=order)
    rules = lost_to_rules(items, status, added, manifest.get("removed_by_rule", {}))
    return SetReport(
        manifest["set_id"], manifest["as_of"], quality, products, ranks, groups, rules, outcomes.unknown, forecast
    )


def interval_of(manifest: dict[str, Any], expected: float) -> ExpectedInterval | None:
    """The interval that a set states, for its customers who were `expected` to add so much; None without one.

    Customers of the set who left before the month after it add nothing: the interval is reduced by their part.
    """
    stated, total = manifest.get("expected_interval"), sum(manifest.get("expected_acquisitions", {}).values())
    return ExpectedInterval.of(stated).of_part(expected / total) if stated and total > 0 else None


def lost_to_rules(
    items: npt.NDArray[np.int8], status: npt.NDArray[np.str_], added: Words, removed: dict[str, int]
) -> pd.DataFrame:
    """A row per rule: `candidates removed` when the set was made, `acquisitions lost` since: added, yet not listed.

    A set states why a customer has no list at all (suppressed, deceased); what other rules took from lists is
    counted in the last row, all of them together: the report of training has each by itself. `removed` is the
    manifest's.
    """
    missed = (unpack(added, items.shape[1]) & ~listed(items)).sum(axis=1)
    by_status = {name: int(missed[status == name].sum()) for name in (DECEASED, SUPPRESSED)}
    known = {"not_held": 0, **by_status}  # what was held can't be added
    others = {name: count for name, count in removed.items() if name not in known}
    rows: dict[str, tuple[int, float]] = {name: (removed.get(name, 0), lost) for name, lost in known.items()}
    rows |= {name: (count, np.nan) for name, count in others.items()}
    rows["other rules"] = sum(others.values()), int(missed.sum()) - sum(known.values())
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["candidates removed", "acquisitions lost"])
    return table.rename_axis("rule")


def beside_popularity(
    tables: tuple[pd.DataFrame, pd.DataFrame], popular: npt.NDArray[np.int8], added: Words
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables by product and by rank, with the hits of the popularity baseline beside."""
    top = popular[:, :K]
    hit = hits(popular, added, top.shape[1])
    products = tables[0].assign(**{"hits of popularity": np.bincount(top[hit], minlength=popular.shape[1])})
    shown = np.maximum((top >= 0).sum(axis=0), 1)
    return products, tables[1].assign(**{"share acquired, popularity": hit.sum(axis=0) / shown})
