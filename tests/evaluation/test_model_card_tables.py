"""Tables of the model card: which rows they list, and which are counted in one line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bankrec.evaluation.groups import by_group
from bankrec.evaluation.model_card_tables import groups, markdown, reasons, rules
from bankrec.results import GroupAgreement, Interval, ReasonAgreement, RuleCost
from tests.santander import BANK

N = 200


def test_one_table_of_groups_and_a_count_of_those_too_small() -> None:
    """Of 200 customers 60 acquire; the first 16 see three products; 5 customers of another grouping are too few."""
    items = np.tile(np.arange(24, dtype=np.int8), (N, 1))
    items[:16, 3:] = -1
    added = np.where(np.arange(N) >= N - 60, np.uint64(1), np.uint64(0)).astype(np.uint64)
    shown = np.where(np.arange(N) < 40, "short", "long")
    few = np.where(np.arange(N) < 5, "five", "rest")
    lists = items, np.full((N, 24), 0.02, np.float32), added, items
    section = groups(by_group({"list": shown, "size": few}, BANK.catalogue, *lists), BANK.catalogue, 30)
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("|")]
    assert [row[0].strip("| ") for row in rows] == ["group", "---", "whole bank", "list long", "size rest"], section
    assert rows[0][1:5] == ["customers", "with an acquisition", "share of maximum", "expected / observed"]
    assert (
        "`metrics.json`: list short (fewer than 30 customers with an acquisition); size five (fewer than 30 customers)."
        in section
    )


def test_a_table_in_markdown() -> None:
    table = pd.DataFrame({"name": ["a", None], "n": [12345, 2], "x": [0.123456, float("nan")]})
    assert markdown(table).splitlines() == [
        "| name | n | x |",
        "| --- | --- | --- |",
        "| a | 12,345 | 0.1235 |",
        "|  | 2 |  |",
    ]


def test_a_row_a_rule_with_what_it_cost() -> None:
    table = [line for line in rules({"no_loans": RuleCost("a reason", 4321, 17)}).splitlines() if line[:1] == "|"]
    assert table[2:] == ["| `no_loans` | a reason | 4,321 | 17 |"]


def test_a_row_a_group_of_reasons_and_a_sentence_where_there_are_none() -> None:
    groups = {"age": GroupAgreement(4, None, 0.25)}
    agreement = ReasonAgreement(300, 0.9, Interval(0.8, 0.7, 0.9), 0.7, 0.6, 0.5, groups)
    section = reasons(agreement, ("income", "sex"))
    assert "in 70.0% of cases the first reason belongs to" in section and "same segment and age" in section
    assert "never shown: `income`, `sex`." in section and "may be shown" in reasons(agreement, ())
    assert section.splitlines()[-1] == "| age | 4 |  | 0.25 |"
    none = ReasonAgreement(0, None, None, None, None, None, {})
    assert "|" not in reasons(none, ()) and "No reason" in reasons(none, ())
