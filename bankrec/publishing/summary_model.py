"""The model in `summary.json`: results of the backtest, beside baselines and by group, cost of the rules, model card.

All values come from the metrics of the training and from the manifest; a value missing there is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt

from bankrec.results import BASELINES, CALIBRATION, GROUPS, RULES, Headline

QUALITY = {  # name in `summary.json`: name in `metrics.json`
    "customers": "customers",
    "customers_with_an_acquisition": "acquirers",
    "map_at_7": "map_at_7",
    "low": "map_at_7_low",
    "high": "map_at_7_high",
    "maximum": "map_at_7_maximum",
    "of_maximum": "map_at_7_of_maximum",
    "of_maximum_low": "map_at_7_of_maximum_low",
    "of_maximum_high": "map_at_7_of_maximum_high",
    "popularity": "map_at_7_popularity",
    "popularity_of_maximum": "map_at_7_popularity_of_maximum",
    "coverage": "coverage_at_7",
    "precision_at_7": "precision_at_7",
    "recall_at_7": "recall_at_7",
    "recall_at_1": "recall_at_1",
}
OF_BASELINE = ("method", "map_at_7", "of_maximum", "low", "high", "recall_at_7")
OF_GROUP = {
    "group": "grouping",
    "value": "group",
    "customers": "customers",
    "of_maximum": "of max",
    "low": "of max low",
    "high": "of max high",
    "note": "note",
}
# HTML in a card is shown as text, and images and links are disabled: a browser must request nothing from other hosts.
_CARD = MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image", "link", "autolink"])


def model_block(headline: Headline, rules: Sequence[Mapping[str, str]], removed: Mapping[str, int]) -> dict[str, Any]:
    """The block `model`: the training's `headline`, the `rules` in force and how much each `removed` from this set."""
    return {
        "quality": _quality(headline.figures),
        "baselines": _rows(headline.tables.get(BASELINES), dict(zip(OF_BASELINE, OF_BASELINE, strict=True))),
        "calibration": headline.tables.get(CALIBRATION),
        "groups": _rows(headline.tables.get(GROUPS), OF_GROUP),
        "forecast": _forecast(headline.figures),
        "rules": _rules(rules, removed, headline.tables.get(RULES, {})),
        "card_html": _CARD.render(headline.card) if headline.card else None,
    }


def _month(figures: Mapping[str, Any]) -> str | None:
    """The month of the backtest, YYYY-MM."""
    target = figures.get("target_month")
    return str(target)[:7] if target else None


def _quality(figures: Mapping[str, Any]) -> dict[str, Any] | None:
    if figures.get("map_at_7") is None or _month(figures) is None:
        return None
    return {"target_month": _month(figures), **{name: figures.get(key) for name, key in QUALITY.items()}}


def _rows(rows: Sequence[Mapping[str, Any]] | None, keys: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The entries of each row that the page knows; `keys`: the name there, and the key in `metrics.json`."""
    return None if rows is None else [{name: row.get(key) for name, key in keys.items()} for row in rows]


def _forecast(figures: Mapping[str, Any]) -> dict[str, Any] | None:
    figures_of_month = {name: figures.get(f"forecast_{name}") for name in ("expected", "low", "high", "observed")}
    if None in figures_of_month.values():
        return None
    interval = [figures_of_month.pop("low"), figures_of_month.pop("high")]
    return {**figures_of_month, "interval": interval, "month": _month(figures)}


def _rules(
    rules: Sequence[Mapping[str, str]], removed: Mapping[str, int], costs: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Each rule in force: pairs that it `removed` from this set, and in the backtest, with the acquisitions lost there.

    `candidates_removed` and `acquisitions_lost` are of the same month; null for a rule that was not in force there.
    """
    return [
        {
            **rule,
            "removed": removed.get(rule["name"], 0),
            **{name: costs.get(rule["name"], {}).get(name) for name in ("candidates_removed", "acquisitions_lost")},
        }
        for rule in rules
    ]
