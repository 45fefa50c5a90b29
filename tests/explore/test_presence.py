"""Joiners, leavers and absences, on a bank that can be counted by hand."""

from __future__ import annotations

from bankrec.explore import presence
from bankrec.explore.tables import Tables


def test_who_joins_returns_and_leaves(bank: Tables) -> None:
    table = presence.presence(bank)
    assert table.loc["2015-06"].tolist() == [3, 0, 0, 0], "who joins in the first month is not known"
    assert table.loc["2015-07"].tolist() == [3, 1, 0, 0], "3 joins; 4 is absent and has not left"
    assert table.loc["2015-08"].tolist() == [4, 0, 1, 0], "4 is back"


def test_absences_are_counted_by_customer_and_month(bank: Tables) -> None:
    assert presence.absences(bank).to_dict() == {"customers": 4, "absent": 1, "months absent": 1}
