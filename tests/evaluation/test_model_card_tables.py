"""Tables of the model card, in Markdown."""

from __future__ import annotations

import pandas as pd

from bankrec.evaluation.model_card_tables import markdown, reasons, rules
from bankrec.results import GroupAgreement, Interval, ReasonAgreement, RuleCost


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
    found = ReasonAgreement(300, 0.9, Interval(0.8, 0.7, 0.9), 0.7, 0.6, 0.5, groups)
    assert reasons(found).splitlines()[-1] == "| age | 4 |  | 0.25 |"
    none = ReasonAgreement(0, None, None, None, None, None, {})
    assert "|" not in reasons(none) and "No reason" in reasons(none)
