"""The sections of the model card that hold tables, in Markdown. Every figure comes from the training at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bankrec.bank.catalogue import Catalogue
from bankrec.evaluation import at_k
from bankrec.evaluation.groups import NOTHING_OFFERED, TOO_FEW, TOO_FEW_ADD, WHOLE, gaps, in_cells
from bankrec.evaluation.metrics import K
from bankrec.evaluation.tables import DEPTHS
from bankrec.forecasts import ForecastResult
from bankrec.results import BacktestMetrics, Quality, ReasonAgreement, RuleCost

PRODUCTS_SHOWN = 6
RECALL = [f"recall@{k}" for k in DEPTHS]
GROUP_COLUMNS = {
    "customers": "customers",
    "acquirers": "with an acquisition",
    "of max": "share of maximum",
    "expected / observed": "expected / observed",
    "shown in first 7": "shown",
    "credit in first 7": "credit",
    "full list": "full list",
}


def metrics(backtest: BacktestMetrics, methods: pd.DataFrame, added: pd.DataFrame) -> str:
    """How good the lists of the backtest are, beside the baselines in `methods`; the products acquired most."""
    quality, over_all, of_maximum = backtest.quality, backtest.quality.map_at_7, backtest.quality.map_at_7_of_maximum
    within = ""
    if backtest.forecast is not None:
        within = (
            f"; `low` to `high` is an {backtest.forecast.share:.0%} interval for the acquisitions by customers"
            " in whose list the product is"
        )
    table = methods.reset_index(names="method")
    shown = table[["method", "of max", "low", "high", "recall@7"]]
    products = added.sort_values("acquisitions", ascending=False)
    products = products[products["acquisitions"] > 0].head(PRODUCTS_SHOWN).drop(columns=RECALL)
    return f"""## Metrics

Backtest: trained on data before {backtest.target_month}, evaluated on that month. MAP@7 is over all
{quality.customers:,} customers present in both months; its maximum is the share who acquire anything,
{quality.map_at_7_maximum:.5f} ({quality.acquirers:,.0f} customers). Intervals are 95%, bootstrapped over customers.

- MAP@7 **{over_all.value:.5f}** [{over_all.low:.5f}, {over_all.high:.5f}], which is
  **{of_maximum.value:.3f}** of the maximum
  [{of_maximum.low:.3f}, {of_maximum.high:.3f}]; popularity of acquisitions:
  {quality.map_at_7_popularity_of_maximum:.3f}
- among customers who acquire something: NDCG@7 {quality.ndcg_at_7:.3f}, a hit in the first place
  {quality.hit_rate_at_1:.3f}

{markdown(shown)}

By the number of places that are counted: precision over all customers, recall over customers who acquire something,
coverage of the {len(added)} products, novelty in bits.

{markdown(at_k.table(quality.at).reset_index())}

The products acquired most{within}:

{markdown(products.reset_index(drop=True))}"""


def groups(table: pd.DataFrame, products: Catalogue, fewest: int) -> str:
    """The quality by group of customers; `table` as `groups.by_group` made it with `fewest`."""
    worse, cells = gaps(table), in_cells(table)
    lines = "\n".join(f"- {line}" for line in worse) or "- No group is served worse than the bank as a whole."
    cells["group"] = (cells["grouping"] + " " + cells["group"]).replace(f"{WHOLE} all", WHOLE)
    shown = cells.loc[table["of max"].notna(), ["group", *GROUP_COLUMNS]].rename(columns=GROUP_COLUMNS)
    return f"""## Who is served how well

Share of maximum: MAP@7 as a share of its maximum. Expected / observed: the sum of scores over acquisitions. Shown,
credit: products, and credit products ({_credit(products)}), in the
first {K} places. Full list: the share of customers with {K} products, among those to whom something may be offered.
All with 95% intervals (bootstrap over customers; Wilson's for shares). Groups whose interval lies wholly below the
whole bank's value; a group of fewer than {fewest} customers with an acquisition has no row in the table below:

{lines}

{markdown(shown)}
{_too_small(cells, fewest)}"""


def _credit(products: Catalogue) -> str:
    pairs = zip(products.names, products.groups, strict=True)
    return ", ".join(name.lower() for name, group in pairs if group == "credit") or "none"


def _too_small(cells: pd.DataFrame, fewest: int) -> str:
    """Which groups have no figures of quality, and why; nothing where there are none."""
    causes = {
        TOO_FEW_ADD: f"fewer than {fewest} customers with an acquisition",
        TOO_FEW: f"fewer than {fewest} customers",
        NOTHING_OFFERED: "nothing offered on purpose",
    }
    first = cells["note"].str.split("; ").str[0]
    left_out = [
        f"{', '.join(cells['group'][first == note])} ({cause})"
        for note, cause in causes.items()
        if (first == note).any()
    ]
    return f"\nGroups not in the table, but in `metrics.json`: {'; '.join(left_out)}." if left_out else ""


def calibration(quality: Quality, bands: pd.DataFrame, forecast: ForecastResult | None) -> str:
    """Expected and observed acquisitions, in total and by band of score; the `forecast` with its interval."""
    interval = f" {str(forecast).capitalize()}; interval from the errors of earlier forecasts." if forecast else ""
    return f"""## Calibration

{quality.expected_acquisitions:,.0f} acquisitions expected, {quality.observed_acquisitions:,.0f} observed
({quality.forecast_error:+.1%}); expected calibration error {quality.calibration_error:.5f} at a base rate of
{quality.base_rate:.5f}. These figures are of all candidates, also those that rules remove, whose score counts as 0; the
table is of what was listed.{interval}

{markdown(bands.drop(columns=["score from", "standard error"]).rename(columns={"to": "score below"}))}"""


def rules(costs: dict[str, RuleCost]) -> str:
    """A row per rule: pairs removed, and acquisitions lost by it."""
    rows = [(f"`{name}`", cost.reason, cost.candidates_removed, cost.acquisitions_lost) for name, cost in costs.items()]
    table = pd.DataFrame(rows, columns=["rule", "reason", "pairs removed", "acquisitions lost"])
    return f"""## Rules before rank

What may be offered is the bank's decision. For each rule: pairs of customer and product that it removes, counted for
the first rule that bars them, and acquisitions lost (removed, yet acquired in the month evaluated). The pairs of
`not_held` are products that are held; all others are candidates:

{markdown(table)}

Rules see the snapshot before the month evaluated; in a published set that of the as-of month. Its manifest has the
numbers of pairs removed, under `removed_by_rule`."""


def reasons(agreement: ReasonAgreement, never_shown: Sequence[str]) -> str:
    """How many places have a reason, how far reasons agree with what changes the score."""
    rows = [(name, *vars(group).values()) for name, group in agreement.by_group.items()]
    table = pd.DataFrame(rows, columns=["what it is about", "reasons", "agreement", "share of what moves scores"])
    share = agreement.agreement
    if share is None:
        return "## Reasons\n\nNo reason was given: no fact of these customers is supported by the bank's counts."
    return f"""## Reasons

The first seven products have up to two reasons each: facts of the customer's history or the bank's counts that raise
the score most in a linear surrogate model, which explains {agreement.surrogate_explains:.1%} of its variance. SHAP
values of CatBoost on {agreement.customers:,} customers agree with **{share.value:.1%}** [{share.low:.1%},
{share.high:.1%}] of the reasons (the fact's group of features raised the product);
in {agreement.first_in_top_two:.1%} of cases the first reason belongs to one of the two feature groups with the largest
SHAP effect. {agreement.with_reason:.1%} of these places have a reason. {agreement.base_rate_alone:.1%} have only a base
rate of the product in the whole bank, such as “many acquire it in June”, which the agreement does not count; the
others have a fact about the customer, such as “had it until May 2016”, or about a group of customers, such as
“customers aged 51-65 acquire it more often than others” or a base rate of customers of the same segment and age.
{_never_shown(never_shown)}

{markdown(table)}"""


def _never_shown(names: Sequence[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"Used by the models and never shown: {listed}." if names else "All that models use may be shown."


def markdown(table: pd.DataFrame) -> str:
    """A frame as a Markdown table: four significant digits, blanks for missing values."""
    lines = [list(table.columns), ["---"] * len(table.columns)]
    lines += [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, int | np.integer) else str(value)
