"""Sentences about results, with every figure taken from the results: the text of notebooks beside tables and charts.

All functions return Markdown and hold for any bank: the words of a sentence depend on the figures it is given.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bankrec.config import Config
from bankrec.evaluation.holdings_protocol import FIRST_STUDY
from bankrec.evaluation.metrics import K
from bankrec.evaluation.split import BOTH, CALIBRATED, LEARNED, roles
from bankrec.forecasts import ForecastResult
from bankrec.history import History
from bankrec.model.season import cautions
from bankrec.number_texts import in_a_row, percent
from bankrec.results import Interval, ReasonAgreement, RuleCost
from bankrec.rules.builtin import NOT_HELD

ENOUGH = 10  # acquisitions of a product, below which its recall is too uncertain to report
NAMED = 4  # products, topics or parts that a sentence names


def digits(value: float) -> str:
    """A number of a table, rounded: counts to whole numbers, shares to three digits, small shares to two.

    >>> [digits(value) for value in (12345.0, 650.04, 3.761, 0.8421, 0.00558, 1.0)]
    ['12,345', '650', '3.761', '0.842', '0.0056', '1']
    """
    if value != value:  # not known
        return ""
    if float(value).is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.2g}"


def short_history(history: History, config: Config) -> str:
    """The cautions about forecasts from few months, as Markdown; empty if there are enough months."""
    return "\n\n".join(f"**Caution**: {caution}" for caution in cautions(len(history.months), config.base_rates))


def acquisitions(monthly: pd.DataFrame, table: pd.DataFrame) -> str:
    """How many acquire anything, and what: `monthly` as `tables.acquisitions_by_month`, `table` as `split.split`."""
    share = (table["customers with an acquisition"] / table["customers"].replace(0, float("nan"))).astype(float)
    total, by_product = monthly.to_numpy().sum(), monthly.sum().sort_values(ascending=False)
    if not total:
        return "No customer acquires anything in any month."
    first = by_product.head(NAMED)
    months = monthly.sum(axis=1)
    return (
        f"Of the customers present in a month and the month before, between {percent(share.min())} ({share.idxmin()})"
        f" and {percent(share.max())} ({share.idxmax()}) acquire something; the median month has"
        f" {percent(share.median())}. {in_a_row(list(first.index))} make {percent(first.sum() / total)} of all"
        f" {total:,.0f} acquisitions. {months.idxmax()} has the most acquisitions, {months.max():,.0f};"
        f" {months.idxmin()} the fewest, {months.min():,.0f}."
    )


def split(history: History, target: int, config: Config) -> str:
    """Which months the models learn from, which one calibrates, which one is evaluated, and what is published."""
    of = roles(target, config)
    learned = [t for t, role in of.items() if role in (LEARNED, BOTH)]
    calibrated = next((t for t, role in of.items() if role in (CALIBRATED, BOTH)), None)

    def month(t: int) -> str:
        return f"{history.months[t]:%B %Y}"

    teach = (
        month(learned[0]) if len(learned) == 1 else f"{month(learned[0])} to {month(learned[-1])}" if learned else ""
    )
    clauses = [f"The models learn from the acquisitions of {teach or 'no month'}"]
    if calibrated is not None:
        part = "by an eighth of the customers, whom they do not see in that month, " if of[calibrated] == BOTH else ""
        clauses.append(f"the probabilities are calibrated {part}on {month(calibrated)}")
    clauses.append(f"and the lists are evaluated on {month(target)}, of which nothing was seen")
    after = "Then the same steps are made one month later, up to the last month, and that model is published."
    return f"{', '.join(clauses)}. {after}"


def methods(table: pd.DataFrame, ours: str) -> str:
    """Our model beside the other methods; `table` as `baselines.compare`."""
    own, others = table.loc[[ours]].iloc[0], table.drop(index=ours).sort_values("of max", ascending=False)
    best = others.iloc[0]
    apart = (
        "above" if own["low"] > best["high"] else "below" if own["high"] < best["low"] else "not clearly different from"
    )
    return (
        f"MAP@{K} over all customers can't exceed the share of customers who acquire something, so it is given as a"
        f" share of that maximum: our model reaches {of_maximum(own):.3f}, {apart} the best other method,"
        f" {others.index[0]}, with {of_maximum(best):.3f}. Intervals are 95%, over customers."
    )


def first_study(table: pd.DataFrame, own_recall: float) -> str:
    """Why ranking the products held is no recommendation; `table` as `beside_the_first_study`.

    `own_recall`: recall@5 of our lists, of acquisitions.
    """
    ours = table[table["ranking"] != FIRST_STUDY].set_index(["ranking", "k"])
    (trivial, _), (lists, _) = ours.index[0], ours.index[-1]
    return (
        "An earlier study of this data ranked next month's **holdings**: what a customer has already counts as a hit."
        f" Under that protocol the rule “{trivial}” has a precision of {ours.loc[(trivial, 1), 'precision']:.3f} at 1"
        f" and a recall of {ours.loc[(trivial, 5), 'recall']:.3f} at 5, and it recommends nothing: every product in its"
        " lists is one that the customer has. Lists of products that customers do not hold, which is what a"
        f" recommendation is, have a precision of {ours.loc[(lists, 1), 'precision']:.3f} there, though their first 5"
        f" places hold {percent(own_recall)} of what is acquired. The study states neither its k nor its denominators,"
        " so its figures are **not comparable** with any of ours; they stand here because readers know them."
    )


def products(table: pd.DataFrame) -> str:
    """The products acquired most, and recall in the first seven places; `table` as `tables.by_product`."""
    seen = table[table["acquisitions"] > 0].sort_values("acquisitions", ascending=False)
    if seen.empty:
        return "Nothing was acquired in this month."
    first, rare = seen.head(NAMED), seen[seen["acquisitions"] < ENOUGH]
    often = seen[seen["acquisitions"] >= ENOUGH].sort_values("recall@7", kind="stable")
    sentences = [
        f"{in_a_row(list(first['product']))} make {percent(first['acquisitions'].sum() / seen['acquisitions'].sum())}"
        f" of the {seen['acquisitions'].sum():,} acquisitions."
    ]
    if len(often):
        worst = often.iloc[0]
        if worst["recall@7"] >= 1.0:
            sentences.append(f"All acquisitions of products with {ENOUGH} or more are in the first {K} places.")
        else:
            sentences.append(
                f"Of the products with {ENOUGH} acquisitions or more ({len(often)}), {worst['product']} is in the first"
                f" {K} places least often: for {percent(worst['recall@7'])} of the customers who acquire it."
            )
    if len(rare):
        sentences.append(
            f"The products with fewer ({len(rare)}) have {rare['acquisitions'].sum():,} together, of which"
            f" {rare['hits in first 7'].sum():,} are in the first {K} places: too few to evaluate a single product."
        )
    if "within" in table:
        off = table[~table["within"].astype(bool)]
        where = in_a_row(list(off["product"])) if len(off) else "no product"
        sentences.append(
            f"Acquisitions lie outside the interval of the forecast for {where}, and within it for"
            f" {len(table) - len(off)}."
        )
    return " ".join(sentences)


def calibration(summary: pd.DataFrame, forecast: ForecastResult | None) -> str:
    """Expected against observed, before and after; `summary` as `calibration_steps.summary`."""
    before, after = summary.iloc[0], summary.iloc[-1]
    sentences = [
        f"Before calibration the probabilities add up to {before['expected']:,.0f} acquisitions, after it to"
        f" {after['expected']:,.0f}; {after['observed']:,.0f} were observed of the products in the lists, so after it"
        " expected / observed is"
        f" {after['expected / observed']:.3f} (1 is right; before it was {before['expected / observed']:.3f})."
    ]
    if forecast is not None:
        where = "within" if forecast.within else "outside"
        verdict = (
            "as exact as such forecasts usually are"
            if forecast.within
            else "less exact than such forecasts usually are"
        )
        sentences.append(
            f"The forecast states an interval for {forecast.share:.0%} of months, {forecast.low:,.0f} to"
            f" {forecast.high:,.0f}: the month lies {where} it, {verdict}."
        )
    better = "falls" if after["calibration error"] < before["calibration error"] else "does not fall"
    sentences.append(
        f"The calibration error {better}, from {before['calibration error']:.5f} to {after['calibration error']:.5f},"
        f" where {after['share acquired']:.5f} of the candidates in the lists are acquired; in this section, those"
        " that a rule removes are not counted. **A score is a probability on average over months like those learned"
        " from; the total of one month can be off** as shown here."
    )
    return " ".join(sentences)


def groups(table: pd.DataFrame, forecast: ForecastResult | None) -> str:
    """How many groups are served worse, and what explains the error of the total; `table` as `groups.by_group`."""
    return f"{_served_worse(table)} {_total(table.iloc[0], forecast)}"


def _served_worse(table: pd.DataFrame) -> str:
    """How many groups have a figure whose interval lies wholly below the whole bank's value, and which figure."""
    whole, parts = table.iloc[0], table.iloc[1:]
    lists = parts["full list high"] < whole["full list"]
    quality = parts["of max high"] < whole["of max"]
    count = int((lists | quality).sum())
    if not count:
        return "No group is clearly below the bank as a whole."
    below = f"{count} {'groups are' if count > 1 else 'group is'} clearly below the bank as a whole"
    if not quality.any():
        return f"{below}, in the share of full lists alone."
    if not lists.any():
        return f"{below}, in MAP@{K} alone."
    return f"{below}: {int(quality.sum())} in MAP@{K}, {int(lists.sum())} in the share of full lists."


def _total(whole: pd.Series, forecast: ForecastResult | None) -> str:
    """Whether chance in one month's acquisitions explains the error of the total, and whether the interval has it."""
    value, low, high = (whole[f"expected / observed{end}"] for end in ("", " low", " high"))
    if pd.isna(low):
        return "Too few customers acquire something to evaluate the total."
    stated = f"Of the whole bank, expected / observed is {value:.3f} [{low:.3f}, {high:.3f}]"
    if low <= 1 <= high:
        return f"{stated}: sampling chance alone can explain the difference from 1."
    text = f"{stated}: sampling chance alone does not explain {value:.3f}"
    if forecast is None:
        return f"{text}; months differ."
    ends = f"the forecast's interval, {forecast.low:,.0f} to {forecast.high:,.0f},"
    included = "includes this one" if forecast.within else "does not include this one"
    return f"{text}; months differ, {'and' if forecast.within else 'but'} {ends} {included}."


def rules(costs: Mapping[str, RuleCost]) -> str:
    """What the rules removed, and how much of it was acquired nevertheless."""
    lost = {name: cost.acquisitions_lost for name, cost in costs.items() if cost.acquisitions_lost}
    held = costs[NOT_HELD].candidates_removed if NOT_HELD in costs else 0
    removed = sum(cost.candidates_removed for cost in costs.values()) - held
    by_rule = in_a_row([f"`{name}` {count:,}" for name, count in lost.items()]) if lost else ""
    cost = (
        f"{sum(lost.values()):,} of them were acquired nevertheless ({by_rule})"
        if lost
        else "none of them was acquired"
    )
    return (
        f"In the month evaluated the rules removed {removed:,} candidates; {cost}. The {held:,} pairs of customer and"
        f" product of `{NOT_HELD}` are products held, so no candidates."
    )


def reasons(agreement: ReasonAgreement) -> str:
    """How many places carry a reason, and how far reasons agree with what moves the score."""
    if agreement.agreement is None or agreement.with_reason is None or agreement.base_rate_alone is None:
        return "No reason was given: no fact of these customers is supported by the bank's counts."
    share, variance = agreement.agreement, agreement.surrogate_explains
    explained = f"; the surrogate explains {percent(variance)}" if variance else ""
    return (
        f"{percent(agreement.with_reason)} of the first seven places carry a reason,"
        f" {percent(agreement.base_rate_alone)} only a base rate of the product in the whole bank, such as “many"
        " acquire it in June”; the others have a fact about the customer or a group of customers, such as “customers"
        " aged 51-65 acquire it more often than others” or a base rate of customers of the same segment and"
        f" age{explained}. On {agreement.customers:,} customers"
        f" {percent(share.value)} [{percent(share.low)}, {percent(share.high)}] of the reasons agree with the SHAP"
        " values."
    )


def of_maximum(row: pd.Series) -> Interval:
    """MAP@7 as a share of its maximum, of a row of `baselines.compare`."""
    return Interval(float(row["of max"]), float(row["low"]), float(row["high"]))
