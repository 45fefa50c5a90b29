"""The model card of a training: the use of the model, its quality by group of customers, and its limits.

The sections are those of Mitchell et al. 2019, "Model Cards for Model Reporting". Every figure comes from the
metrics and tables of the training at hand; nothing is typed in.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial

from bankrec.bank.description import Bank
from bankrec.cleaning.report_file import caution
from bankrec.config import Config
from bankrec.evaluation import model_card_tables as tables
from bankrec.evaluation.month_report import MonthReport
from bankrec.model import method
from bankrec.results import PersonalCost, TrainingMetrics

WIDTH = 120


def model_card(metrics: TrainingMetrics, bank: Bank, config: Config, report: MonthReport | None, commit: str) -> str:
    """The card in Markdown. Without `report` (data of two months) it states that there is no month to evaluate on."""
    parts = [_details(metrics, bank, config, commit), USE, _factors(bank, config)]
    backtest = metrics.backtest
    if report is None or backtest is None:
        parts.append("## Metrics\n\nThe data has two months only: there is no month to evaluate the model on.")
    else:
        parts += [
            tables.metrics(backtest, report.methods, report.products),
            tables.groups(report.groups, bank.catalogue, config.evaluation.fewest),
        ]
        parts += [tables.calibration(backtest.quality, report.bands, backtest.forecast), tables.rules(backtest.rules)]
    cost = backtest.without_personal if backtest else None
    parts += [tables.reasons(metrics.reasons, _never_shown(bank, config)), _data(metrics)]
    parts += [_ethics(cost, bank, config), LIMITS, _again(metrics, bank)]
    return "\n\n".join(_filled(block) for part in parts for block in part.split("\n\n")) + "\n"


def _filled(block: str) -> str:
    """A paragraph or list with new line breaks; headings, tables and code unchanged."""
    if block.startswith(("#", "|", "    ", "```")):
        return block
    lines: list[str] = []
    for line in block.splitlines():
        if line.startswith("- ") or not lines:
            lines.append(line)
        else:
            lines[-1] += f" {line.strip()}"
    fill = partial(textwrap.fill, width=WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(fill(line, subsequent_indent="  " if line.startswith("- ") else "") for line in lines)


def _details(metrics: TrainingMetrics, bank: Bank, config: Config, commit: str) -> str:
    cautions = "".join(f"**Caution**: {caution}\n\n" for caution in metrics.cautions)
    return f"""# Model card: next-product recommender

Trained on **{metrics.data}**, as of {metrics.as_of}. Written by the training itself; sections after Mitchell et
al. 2019.

{cautions}## Model details

- **What it does**: for every customer of the last month, and each product that the customer does not hold, it gives
  the probability to acquire it in the following month, the highest first.
- **Size**: CatBoost on pairs has {config.ranker.trees} trees of depth {config.ranker.depth}, CatBoost on
  customers {config.activity.trees} trees.{_comes_with(bank)}
- **Version**: code {commit}, MLflow run {metrics.run_id}, seed {config.seed}. Licence: Apache 2.0.

### What the model is

{method.in_markdown()}"""


USE = """## Intended use

- **For**: ordering the products that a bank shows to a customer, and forecasting acquisitions by product.
- **Not for**: deciding on credit, prices or limits; assessing a person; people who are not customers yet; any offer
  without the bank's own rules of suitability and consent (`--eligibility`, `--suppress`).
- **Not able to**: estimate the effect of an offer. See Limits."""


def _comes_with(bank: Bank) -> str:
    """Each product that is ranked below another one, without which it is never acquired."""
    names = dict(zip(bank.catalogue.ids, bank.catalogue.names, strict=True))
    clauses = [
        f"{names[product.id]} is ranked below {names[product.comes_with]}, without which it is never acquired"
        for product in bank.products
        if product.comes_with
    ]
    return f" Where neither is held, {'; '.join(clauses)}." if clauses else ""


def _factors(bank: Bank, config: Config) -> str:
    left = f" Left out of this model: {', '.join(config.left_out)}." if config.left_out else ""
    return f"""## Factors

The models see the {bank.n} product flags by month and {", ".join(_seen(bank))}.{left}"""


def _seen(bank: Bank) -> list[str]:
    """Names of the states, profile columns and own features that models see."""
    columns = [column.name for column in bank.profile if column.in_models]
    return [*(state.name for state in bank.states), *columns, *(feature.name for feature in bank.features)]


def _never_shown(bank: Bank, config: Config) -> list[str]:
    """Names of the profile columns that models see and no reason shows."""
    seen = (column for column in bank.profile if column.in_models and column.name not in config.left_out)
    return [column.name for column in seen if not column.texts]


def _data(metrics: TrainingMetrics) -> str:
    return f"""## Training and evaluation data

{metrics.data}: {metrics.customers_in_history:,} customers, {metrics.months} months to {metrics.as_of}, as
`bank.toml` describes them. Models are trained on earlier months and evaluated on the
last. The report of `preprocess` states how rows were cleaned.{_missing(metrics)}{_accepted(metrics)}"""


def _accepted(metrics: TrainingMetrics) -> str:
    """A caution for each product column that was accepted although it could not be read."""
    lines = [f"- **Caution**: {caution(entry)}." for entry in metrics.accepted]
    return "\n\n" + "\n".join(lines) if lines else ""


def _missing(metrics: TrainingMetrics) -> str:
    shares = metrics.missing_values
    if shares is None:
        return ""
    listed = ", ".join(f"`{name}` {share:.2%}" for name, share in shares.items()) or "none"
    return f"\n\nValues missing before cleaning, as a share of the rows kept: {listed}."


def _ethics(cost: PersonalCost | None, bank: Bank, config: Config) -> str:
    used = [name for name in bank.personal if name not in config.left_out]
    unseen = [column.name for column in bank.profile if column.personal and column.name not in used]
    blind = f" Marked, and seen by no model: {_listed(unseen)}." if unseen else ""
    seen = [column.name for column in bank.profile if column.in_models and column.name not in config.left_out]
    others = [name for name in seen if name not in used]
    if cost is None:
        effect = "is measured with `train --without-personal`, and on several banks by `python -m benchmarks.ablation`"
    else:
        effect = (
            f"{cost.cost.value:.4f} of the maximum [{cost.cost.low:.4f}, {cost.cost.high:.4f}] in the month evaluated:"
            f" {cost.map_at_7_of_maximum:.3f} without them (paired by customer)"
        )
    return f"""## Ethical considerations

- **Personal attributes used**: {_listed(used)}. They are those that `bank.toml` marks `personal`; not marked, and not
  counted here, are {_listed(others)}.{blind}
- **What leaving them out costs**: {effect}. Each can be left out (`in_models = false` in `bank.toml`).
- Whether they may be used, above all for credit products, is the bank's decision under its law.{_not_offered(bank)}"""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _not_offered(bank: Bank) -> str:
    """A line for the deceased and one for minors, if the bank has the columns that the rules need."""
    lines = []
    if bank.with_role("deceased"):
        lines.append("Nothing is offered to the deceased.")
    if any(product.not_for_minors_unless_seen for product in bank.products):
        lines.append("Some products are offered to minors only where minors of this bank acquire them.")
    return "".join(f"\n- {line}" for line in lines)


LIMITS = """## Limits

- The model predicts **organic acquisitions**: what customers acquired by themselves and through the bank's activity at
  the time, not the effect of an offer. To measure an effect, keep a control group without offers.
- The forecast of a product that is new, stopped or newly advertised is from months in which it was not.
- The quality is not known for groups that are too small to evaluate.
- The backtest is of one month; `python -m benchmarks.backtest` evaluates several."""


def _again(metrics: TrainingMetrics, bank: Bank) -> str:
    described = "" if bank.adapter else " --bank bank.toml" + " --features PARQUET" * bool(bank.features)
    return f"""## How to reproduce

    python -m bankrec train{described} --data PARQUET --output DIR --as-of {metrics.as_of[:7]}

on the clean snapshots of that data, with the configuration in the MLflow run. The same data, code and seed give the
same model."""
