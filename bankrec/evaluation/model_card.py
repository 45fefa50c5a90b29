"""The model card of a training: what the model is for, how good it is for whom, and what it can't tell.

The sections are those of Mitchell et al. 2019, "Model Cards for Model Reporting". Every figure comes from the
metrics and tables of the training at hand; nothing is typed in.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from bankrec.bank.products import PRODUCTS
from bankrec.cleaning.report_file import ACCEPTED, caution
from bankrec.config import PERSONAL, Config
from bankrec.evaluation.groups import gaps, in_cells
from bankrec.evaluation.metrics import K
from bankrec.evaluation.month_report import Judgement

WIDTH = 120


def model_card(metrics: dict[str, Any], config: Config, judgement: Judgement | None, commit: str) -> str:
    """The card in Markdown. Without `judgement` (two months: nothing to judge on) it says so."""
    parts = [_details(metrics, config, commit), _use(), _factors(config)]
    if judgement is None:
        parts.append("## Metrics\n\nThe data has two months only: there is no month to judge the model on.")
    else:
        parts += [_metrics(metrics, judgement), _groups(judgement.groups), _calibration(metrics, judgement)]
        parts += [_rules(metrics["rules"])]
    parts += [_reasons(metrics["reasons"]), _data(metrics), _ethics(metrics, config), _limits(), _again(metrics)]
    return "\n\n".join(_filled(block) for part in parts for block in part.split("\n\n")) + "\n"


def _filled(block: str) -> str:
    """A paragraph or list broken into lines anew; headings, tables and code as they are."""
    if block.startswith(("#", "|", "    ")):
        return block
    lines: list[str] = []
    for line in block.splitlines():
        if line.startswith("- ") or not lines:
            lines.append(line)
        else:
            lines[-1] += f" {line.strip()}"
    fill = partial(textwrap.fill, width=WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(fill(line, subsequent_indent="  " if line.startswith("- ") else "") for line in lines)


def _details(metrics: dict[str, Any], config: Config, commit: str) -> str:
    cautions = "".join(f"**Caution**: {caution}\n\n" for caution in metrics["cautions"])
    return f"""# Model card: next-product recommender

Trained on **{metrics["data"]}**, as of {metrics["as_of"]}. Written by the training itself; sections after Mitchell et
al. 2019.

{cautions}## Model details

- **What it does**: for every customer present in the last month, ranks the products not held by the chance that
  they are added in the month after, and gives that chance.
- **How**: two models of *which product, given that something is added* are blended (CatBoost on pairs of customer and
  product, {config.ranker.trees} trees of depth {config.ranker.depth}; multinomial logistic regression on states of
  the customer's history, with a share of {config.additive.share:g}); a third (CatBoost, {config.activity.trees} trees)
  tells *whether anything is added*. Chances come from a calibration on the last month, which no model was fitted
  on, and add up to a forecast of each product's additions; products are ordered by share and chance together. ALS
  factors of what is held are one input among others.
- **Version**: code {commit}, MLflow run {metrics["run_id"]}, seed {config.seed}. Licence: Apache 2.0."""


def _use() -> str:
    return """## Intended use

- **For**: ordering what a bank says to a customer who is there already (in an app, a branch, a mailing), and
  forecasting additions by product.
- **Not for**: deciding on credit, prices or limits; judging a person; customers the bank does not have yet;
  any offer without the bank's own rules of suitability and consent (`--eligibility`, `--suppress`).
- **Not able to**: say what an offer *causes*. See Limits."""


def _factors(config: Config) -> str:
    left = f" Left out of this model: {', '.join(config.left_out)}." if config.left_out else ""
    return f"""## Factors

Quality is reported by segment, age band, sex, tenure, activity, residence and nationality. Beside the 24 product
flags by month the models see segment, activity, type of relation, months since joining, age, sex, nationality, channel,
province and income.{left}"""


def _metrics(metrics: dict[str, Any], judgement: Judgement) -> str:
    table = judgement.methods.reset_index(names="method")
    shown = table[["method", "MAP@7", "of max", "low", "high", "recall@7"]]
    products = judgement.products.sort_values("additions", ascending=False)
    products = products[products["additions"] > 0].head(12)
    return f"""## Metrics

The same steps one month back: the models see nothing of {metrics["target_month"]} and rank for it. MAP@7 is over all
{metrics["customers"]:,} customers present in both months (the competition's measure); its maximum is the share who add
anything, {metrics["map_at_7_maximum"]:.5f} ({metrics["adders"]:,.0f} customers). Intervals are 95%, bootstrapped over
customers.

- MAP@7 **{metrics["map_at_7"]:.5f}** [{metrics["map_at_7_low"]:.5f}, {metrics["map_at_7_high"]:.5f}], which is
  **{metrics["map_at_7_of_maximum"]:.3f}** of the maximum
  [{metrics["map_at_7_of_maximum_low"]:.3f}, {metrics["map_at_7_of_maximum_high"]:.3f}]; popularity:
  {metrics["map_at_7_popularity_of_maximum"]:.3f}
- among customers who add: recall@7 {metrics["recall_at_7"]:.3f}, NDCG@7 {metrics["ndcg_at_7"]:.3f}, first place right
  {metrics["hit_rate_at_1"]:.3f}
- catalogue coverage in the first five {metrics["coverage"]:.3f}, novelty {metrics["novelty"]:.2f} bits

{markdown(shown)}

The products added most:

{markdown(products.reset_index(drop=True))}"""


def _groups(groups: pd.DataFrame) -> str:
    worse, table = gaps(groups), in_cells(groups)
    said = "\n".join(f"- {line}" for line in worse) or "- No group is served worse than the bank as a whole."
    quality = ["customers", "adders", "of max", "popularity", "expected / observed", "note"]
    exposure = ["customers", "shown in first 7", "credit in first 7", "full list"]
    return f"""## Who is served how well

`of max`: MAP@7 as a share of its maximum; `popularity`: the same of the most popular additions; `expected / observed`:
the sum of scores over additions. All with 95% intervals (bootstraps over customers; Wilson's for shares). Groups in
which fewer than 30 customers add are too small to say anything of quality and calibration, those of fewer than 30
customers to say anything at all: they have no figures. Groups whose interval lies wholly below the whole bank's value:

{said}

{markdown(table[["grouping", "group", *quality]])}

Exposure: products shown in the first {K}, credit products among them
({", ".join(product.english.lower() for product in PRODUCTS if product.group == "credit")}), and the share with
a full list of the customers to whom something may be offered:

{markdown(table[["grouping", "group", *exposure]])}"""


def _calibration(metrics: dict[str, Any], judgement: Judgement) -> str:
    return f"""## Calibration

{metrics["expected_additions"]:,.0f} additions expected, {metrics["observed_additions"]:,.0f} seen
({metrics["forecast_error"]:+.1%}); expected calibration error {metrics["calibration_error"]:.5f} at a base rate of
{metrics["base_rate"]:.5f}.

{markdown(judgement.bands)}"""


def _rules(rules: dict[str, dict[str, Any]]) -> str:
    rows = [
        (f"`{name}`", rule["reason"], rule["candidates_removed"], rule["acquisitions_lost"])
        for name, rule in rules.items()
    ]
    table = pd.DataFrame(rows, columns=["rule", "reason", "candidates removed", "acquisitions lost"])
    return f"""## Rules before rank

What may be offered is the bank's decision. In the month judged each rule took away these candidates (a pair of customer
and product; counted for the first rule that bars it), of which so many were added all the same:

{markdown(table)}

Age, residence, province and who has died are those that the snapshot before the month judged states, as they are
those of the as-of month in a published set. What the rules and the suppression list removed from a published set
stands in its manifest, under `removed_by_rule`."""


def _reasons(reasons: dict[str, Any]) -> str:
    rows = [(name, *(group[key] for key in group)) for name, group in reasons["by_group"].items()]
    table = pd.DataFrame(rows, columns=["what it is about", "reasons", "agreement", "share of what moves scores"])
    if reasons["agreement"] is None:
        return "## Reasons\n\nNo reason was told: no fact of these customers is borne out by the bank's counts."
    return f"""## Reasons

Up to two reasons stand beside each of the first seven products: statements of fact from the customer's history or
the bank's counts, chosen by how much the fact moves the score in a linear surrogate of the ranker, which explains
{reasons["surrogate_explains"]:.1%} of the score's variance. SHAP values of CatBoost on {reasons["customers"]:,}
customers agree with **{reasons["agreement"]:.1%}**
[{reasons["agreement_low"]:.1%}, {reasons["agreement_high"]:.1%}] of the reasons (the group of features that the fact
belongs to raised the product); {reasons["first_in_top_two"]:.1%} of first reasons are about one of the two groups
that raised it most. {reasons["told"]:.1%} of the first seven places carry a reason; where no fact raises a product it
is its level that is told, a rate of the bank: {reasons["level_alone"]:.1%} of the places carry nothing else, and are
not counted in the agreement. Sex, nationality, channel, province
and income move scores and are never told.

{markdown(table)}"""


def _data(metrics: dict[str, Any]) -> str:
    return f"""## Training and evaluation data

{metrics["data"]}: {metrics["customers_in_history"]:,} customers, {metrics["months"]} months to {metrics["as_of"]}, in
the format of Kaggle's Santander Product Recommendation. Training and evaluation are of the same bank: models learn from
earlier months, the evaluation is of the last. Rows are cleaned as the report of `preprocess`
tells.{_missing(metrics)}{_accepted(metrics)}"""


def _accepted(metrics: dict[str, Any]) -> str:
    """A caution for each product column that was accepted though it could not be read."""
    lines = [f"- **Caution**: {caution(entry)}." for entry in metrics.get(ACCEPTED, [])]
    return "\n\n" + "\n".join(lines) if lines else ""


def _missing(metrics: dict[str, Any]) -> str:
    shares = metrics.get("missing_values")
    if shares is None:
        return ""
    said = ", ".join(f"`{name}` {share:.2%}" for name, share in shares.items()) or "none"
    return f"\n\nValues missing before cleaning, as a share of the rows kept: {said}."


def _ethics(metrics: dict[str, Any], config: Config) -> str:
    used = [name for name in PERSONAL if name not in config.left_out]
    cost = metrics.get("without_personal")
    if cost is None:
        said = "is measured with `train --without-personal`, and on several banks by `python -m benchmarks.ablation`"
    else:
        said = (
            f"{cost['cost']:.4f} of the maximum [{cost['cost_low']:.4f}, {cost['cost_high']:.4f}] in the month judged:"
            f" {cost['map_at_7_of_maximum']:.3f} without them (the same steps, fitted without; paired by customer)"
        )
    return f"""## Ethical considerations

- **Personal attributes used**: {", ".join(f"`{name}`" for name in used) or "none"} (`foreigner` is nationality).
- **What leaving them out costs**: {said}. Each can be left out (`left_out` in `bankrec/config.py`).
- Whether they may be used for which product is for the bank and the law of its country to say, for credit products most
  of all; their exposure by group stands above.
- Nothing is offered to the deceased, and to minors only what minors of this bank do add."""


def _limits() -> str:
    return """## Limits

- The model predicts **organic acquisitions**: what customers added by themselves and by whatever the bank did then. It
  does not tell the effect of an offer. To learn that, keep a control group without offers and compare.
- Months differ: a product that is new, stopped or newly advertised is forecast from months in which it was not.
- Groups too small to judge are not shown to be served well; they are not shown at all.
- A single month back is one draw of the calendar; `python -m benchmarks.backtest` judges several."""


def _again(metrics: dict[str, Any]) -> str:
    return f"""## How to reproduce

    python -m bankrec train --data PARQUET --output DIR --as-of {metrics["as_of"][:7]}

on the clean snapshots of the data named above; the configuration is in `bankrec/config.py` and, as it was, in the
MLflow run. The same data, code and seed give the same model."""


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
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, int | np.integer) else str(value)
