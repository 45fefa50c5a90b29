"""Conclusions of the exploration: a numbered list, each with its figure and the step of the pipeline that acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bankrec.explore.acquisition_findings import (
    contrasts,
    most_acquired,
    share_regained,
    share_who_acquire,
    standing_out,
)
from bankrec.explore.groups import LOPSIDED
from bankrec.explore.pick import cell, most, pairs
from bankrec.number_texts import count, in_a_row, percent, times

BLOCK = 3.0  # times the median month: so many joiners are a block that joined at once


@dataclass(frozen=True)
class Conclusion:
    """What was observed, with its figure, and what the pipeline does about it, where."""

    observed: str
    step: str
    where: str


def numbered(conclusions: Sequence[Conclusion]) -> str:
    """The conclusions as a Markdown list."""
    return "\n".join(
        f"{place}. **{one.observed}** {one.step} (`{one.where}`)" for place, one in enumerate(conclusions, 1)
    )


def of_raw_file(missing: pd.DataFrame, empty: pd.DataFrame, changes: pd.Series) -> list[Conclusion]:
    """What the raw file requires of cleaning: missing values, nearly empty rows, seniority from later months."""
    mean = missing.mean(axis=1)
    top, still = most(mean.drop(["ult_fec_cli_1t", "conyuemp"], errors="ignore")), int((changes < 0.05).sum())
    return [
        Conclusion(
            f"`{top}` is missing in {percent(mean[top])} of the rows.",
            "What is missing is filled from the same month alone, and the fill is marked or is a class of its own.",
            "bankrec/cleaning/rules.py",
        ),
        Conclusion(
            f"{count(empty['rows'].sum())} rows have hardly any profile.",
            "They are dropped, and the customer is absent in that month rather than without products.",
            "bankrec/cleaning/clean.py",
        ),
        Conclusion(
            f"Seniority does not change in {count(still)} of {count(len(changes))} months.",
            "Tenure is counted from the join date.",
            "bankrec/tenure.py",
        ),
    ]


def of_customers(
    present: pd.DataFrame, months: pd.DataFrame, absent: pd.Series, imbalance: pd.DataFrame
) -> list[Conclusion]:
    """Joiners, absences, columns with one group."""
    conclusions = []
    others = present["joined"].iloc[1:]
    if len(others) and others.max() >= BLOCK * max(others.median(), 1):
        top = most(others)
        conclusions.append(
            Conclusion(
                f"{count(cell(present, top, 'joined'))} customers join in {top}, and"
                f" {percent(cell(months, top, 'joiners without products'))} of them hold nothing then.",
                "Months observed are a feature; a new customer is scored by profile, holdings and base rates.",
                "bankrec/model/features.py",
            )
        )
    if absent["absent"]:
        conclusions.append(
            Conclusion(
                f"{count(absent['absent'])} customers are absent for a time.",
                "Absent is not the same as owning nothing: an acquisition needs a row in both months.",
                "bankrec/holdings.py",
            )
        )
    lopsided = imbalance[imbalance["its share"] > LOPSIDED] if len(imbalance) else imbalance
    if len(lopsided):
        conclusions.append(
            Conclusion(
                f"{in_a_row([str(name) for name in lopsided.index])} have one group with nearly all rows.",
                "The description states which columns models use, and how many values are distinguished.",
                "bankrec/model/vocabulary.py",
            )
        )
    return conclusions


def of_acquisitions(
    acquirers: pd.DataFrame, flows: pd.DataFrame, waves: pd.DataFrame, rates: pd.DataFrame
) -> list[Conclusion]:
    """The target: how rare, how concentrated, how seasonal, and by which groups it differs."""
    if not len(acquirers):
        return []
    few = most_acquired(flows)
    conclusions = [
        Conclusion(
            f"{percent(share_who_acquire(acquirers))} of the customers acquire something in a month.",
            "Quality is reported as a share of the best possible score; one model estimates who acquires anything.",
            "bankrec/evaluation/metrics.py",
        ),
        Conclusion(
            f"{count(len(few))} of {count(len(flows))} products make {percent(few.sum())} of the acquisitions.",
            "Every product has its own base rate, and results are reported by product.",
            "bankrec/model/base_rates.py",
        ),
        Conclusion(
            f"{percent(share_regained(flows))} of the acquisitions are of a product that the customer held before.",
            "When and how often the product was acquired and lost are features of the customer and the product.",
            "bankrec/model/features.py",
        ),
    ]
    if len(waves):
        top = waves.iloc[0]
        conclusions.append(
            Conclusion(
                f"{standing_out(len(waves))}; with most customers above the usual count: {top['product']} in"
                f" {top['month']} ({times(top['times'])} times).",
                "The base rate of the month to come is forecast with the season of the same month a year before.",
                "bankrec/model/season.py",
            )
        )
    apart = contrasts(rates)
    if len(apart):
        name, row = apart.index[0], apart.iloc[0]
        conclusions.append(
            Conclusion(
                f"By {name} the rate differs {times(row['times'])} times ({row['lowest']}"
                f" {percent(row['lowest rate'])}, {row['highest']} {percent(row['highest rate'])}).",
                "States as of the month before and the profile of the customer's first month are features; the additive"
                " model has all of them, CatBoost all but the categories of the profile (channel, province).",
                "bankrec/model/states.py",
            )
        )
    return conclusions


def of_pairs(together: pd.DataFrame, holders: pd.DataFrame) -> list[Conclusion]:
    """Products acquired together, and products acquired more often by holders of another."""
    conclusions = []
    if (cells := pairs(together)) and cells[0][2] > 0.5:
        one, other, share = cells[0]
        conclusions.append(
            Conclusion(
                f"{percent(share)} of those who acquire {one} acquire {other} too.",
                "Customers who hold the other already cannot acquire it, so the share may be below 100% for a product"
                " that is never held without another; such a product (`comes_with` of the description) ranks below it.",
                "bankrec/model/scoring.py",
            )
        )
    if cells := pairs(holders):
        one, other, high = cells[0]
        conclusions.append(
            Conclusion(
                f"Holders of {one} acquire {other} {times(high)} times as often as those without it.",
                "What else is held is a feature, and so is the ALS score of a product: how well it fits what is held.",
                "bankrec/model/als.py",
            )
        )
    return conclusions


def of_leaks(activity: pd.DataFrame) -> list[Conclusion]:
    """What the target month would reveal."""
    if "acquire something" not in activity.index or not activity["active in the month"].max() > 0:
        observed = "The values of the target month are known only when its acquisitions are known."
    else:
        row = activity.loc["acquire something"]
        observed = (
            f"{percent(row['active in the month'])} of those who acquire are active in that month,"
            f" {percent(row['active the month before'])} the month before."
        )
    step = "Features, fills and base rates of a month come from the months before it alone; the data is split by time."
    return [Conclusion(observed, step, "bankrec/history.py")]
