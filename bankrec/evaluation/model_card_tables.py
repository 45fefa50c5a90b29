"""The sections of the model card that hold tables, in Markdown. Every figure comes from the training at hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bankrec.bank.catalogue import Catalogue
from bankrec.evaluation import at_k
from bankrec.evaluation.groups import NOTHING_OFFERED, TOO_FEW, TOO_FEW_ADD, WHOLE, gaps, in_cells
from bankrec.evaluation.metrics import K
from bankrec.forecasts import ForecastResult
from bankrec.results import BacktestMetrics, Quality, ReasonAgreement, RuleCost

PRODUCTS_SHOWN = 6
EXPOSURE = ["shown in first 7", "credit in first 7", "full list"]
DIFFERENT = 0.1  # of the whole bank's value: a smaller difference in exposure is not in the card


def metrics(backtest: BacktestMetrics, methods: pd.DataFrame, added: pd.DataFrame) -> str:
    """How good the lists of the backtest are, beside the baselines in `methods`; the products `added` most."""
    found, over_all, of_maximum = backtest.quality, backtest.quality.map_at_7, backtest.quality.map_at_7_of_maximum
    within = ""
    if backtest.forecast is not None:
        within = (
            f"; what comes of a product is to lie between `low` and `high` in {backtest.forecast.share:.0%} of months,"
            " counted over customers in whose list it stands"
        )
    table = methods.reset_index(names="method")
    shown = table[["method", "of max", "low", "high", "recall@7"]]
    products = added.sort_values("additions", ascending=False)
    products = products[products["additions"] > 0].head(PRODUCTS_SHOWN).drop(columns="recall@7")
    return f"""## Metrics

The same steps one month back: the models see nothing of {backtest.target_month} and rank for it. MAP@7 is over all
{found.customers:,} customers present in both months; its maximum is the share who add anything,
{found.map_at_7_maximum:.5f} ({found.adders:,.0f} customers). Intervals are 95%, bootstrapped over customers.

- MAP@7 **{over_all.value:.5f}** [{over_all.low:.5f}, {over_all.high:.5f}], which is
  **{of_maximum.value:.3f}** of the maximum
  [{of_maximum.low:.3f}, {of_maximum.high:.3f}]; popularity:
  {found.map_at_7_popularity_of_maximum:.3f}
- among customers who add: NDCG@7 {found.ndcg_at_7:.3f}, first place right
  {found.hit_rate_at_1:.3f}

{markdown(shown)}

By the number of places that are counted: precision over all customers, recall over customers who acquire something,
coverage of the {len(added)} products, novelty in bits.

{markdown(at_k.table(found.at).reset_index())}

The products added most{within}:

{markdown(products.reset_index(drop=True))}"""


def groups(table: pd.DataFrame, products: Catalogue, fewest: int) -> str:
    """Who is served how well; `table` as `groups.by_group` made it with `fewest`."""
    worse, cells = gaps(table), in_cells(table)
    said = "\n".join(f"- {line}" for line in worse) or "- No group is served worse than the bank as a whole."
    cells["group"] = (cells["grouping"] + " " + cells["group"]).replace(f"{WHOLE} all", WHOLE)
    judged, different = table["of max"].notna(), _differs(table)
    quality = ["group", "customers", "adders", "of max", "expected / observed"]
    return f"""## Who is served how well

`of max`: MAP@7 as a share of its maximum; `expected / observed`: the sum of scores over additions. With 95% intervals
(bootstraps over customers; Wilson's for shares). Groups whose interval lies wholly below the whole bank's value:

{said}

{markdown(cells.loc[judged, quality])}

{_too_small(cells, fewest)}

Exposure: products shown in the first {K}, credit products among them
({_credit(products)}), and the share with
a full list of those to whom something may be offered. Only groups that differ in one by a tenth or more, the interval
wholly to one side, are shown here; `metrics.json` has all groups, and popularity in each:

{markdown(cells.loc[different, ["group", *EXPOSURE]])}"""


def _credit(products: Catalogue) -> str:
    pairs = zip(products.names, products.groups, strict=True)
    return ", ".join(name.lower() for name, group in pairs if group == "credit") or "none"


def _differs(table: pd.DataFrame) -> pd.Series:
    """The whole bank, and the groups whose exposure is another than the whole bank's: bool, a row each."""
    found = pd.Series(table.index == table.index[0], index=table.index)
    for name in EXPOSURE:
        whole = table[name].iloc[0]
        outside = (table[f"{name} low"] > whole) | (table[f"{name} high"] < whole)
        found |= outside & ((table[name] - whole).abs() >= DIFFERENT * whole)
    return found


def _too_small(cells: pd.DataFrame, fewest: int) -> str:
    """The groups without figures of quality, a line a cause with their customers and adders."""
    causes = {
        TOO_FEW_ADD: f"Fewer than {fewest} add, too few to judge quality and calibration",
        TOO_FEW: f"Fewer than {fewest} customers, no figures at all",
        NOTHING_OFFERED: "Nothing is offered, on purpose",
    }
    first, lines = cells["note"].str.split("; ").str[0], []
    for note, cause in causes.items():
        rows = cells[first == note].itertuples()
        if named := ", ".join(f"{row.group} ({row.customers:,}; {row.adders:,} add)" for row in rows):
            lines.append(f"- {cause}: {named}.")
    return "\n".join(lines) or "No group is too small to judge."


def calibration(found: Quality, bands: pd.DataFrame, forecast: ForecastResult | None) -> str:
    """Expected against observed additions, all together and by band of score; the `forecast` with its interval."""
    interval = f" {str(forecast).capitalize()}; learned from the months before." if forecast else ""
    return f"""## Calibration

{found.expected_additions:,.0f} additions expected, {found.observed_additions:,.0f} seen
({found.forecast_error:+.1%}); expected calibration error {found.calibration_error:.5f} at a base rate of
{found.base_rate:.5f}.{interval}

{markdown(bands.drop(columns=["score from", "standard error"]).rename(columns={"to": "score below"}))}"""


def rules(costs: dict[str, RuleCost]) -> str:
    """What each rule removed and cost."""
    rows = [(f"`{name}`", cost.reason, cost.candidates_removed, cost.acquisitions_lost) for name, cost in costs.items()]
    table = pd.DataFrame(rows, columns=["rule", "reason", "candidates removed", "acquisitions lost"])
    return f"""## Rules before rank

What may be offered is the bank's decision. Pairs of customer and product that each rule took away (counted for the
first that bars them), and how many of them were added all the same:

{markdown(table)}

Rules see the snapshot before the month judged; in a published set that of the as-of month. What was removed from a set
is in its manifest, under `removed_by_rule`."""


def reasons(found: ReasonAgreement, untold: Sequence[str]) -> str:
    """How many products carry a reason, how far reasons agree with what moves the score; `untold` is never said."""
    rows = [(name, *vars(group).values()) for name, group in found.by_group.items()]
    table = pd.DataFrame(rows, columns=["what it is about", "reasons", "agreement", "share of what moves scores"])
    if found.agreement is None:
        return "## Reasons\n\nNo reason was given: no fact of these customers is supported by the bank's counts."
    return f"""## Reasons

The first seven products carry up to two reasons each: facts of the customer's history or the bank's counts that move
the score most in a linear surrogate, which explains {found.surrogate_explains:.1%} of its variance. SHAP values of
CatBoost on {found.customers:,} customers agree with **{found.agreement.value:.1%}** [{found.agreement.low:.1%},
{found.agreement.high:.1%}] of the reasons (the fact's group of features raised the product);
{found.first_in_top_two:.1%} of first reasons are of one of the two groups that raised it most.
{found.with_reason:.1%} of these places carry a reason; {found.level_alone:.1%} only a rate of the bank, which the
agreement does not count. {_never_said(untold)}

{markdown(table)}"""


def _never_said(names: Sequence[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"Known to the models and never said: {listed}." if names else "All that models know may be said."


def markdown(table: pd.DataFrame) -> str:
    """A frame as a Markdown table: four significant digits, blanks for what is not known."""
    lines = [list(table.columns), ["---"] * len(table.columns)]
    lines += [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(_line(line) for line in lines)


def _line(cells: Sequence[Any] | Iterable[Any]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, int | np.integer) else str(value)
