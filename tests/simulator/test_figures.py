"""The published figures that the simulator keeps to."""

from __future__ import annotations

from bankrec.santander.columns import N_PRODUCTS
from bankrec.santander.size import CUSTOMERS, MONTHS
from bankrec.simulator.figures import facts


def test_the_published_figures_are_whole() -> None:
    known = facts()
    assert (known["customers"], len(known["rows_by_month"])) == (CUSTOMERS, MONTHS)
    assert sum(known["rows_by_month"]) == 13_647_309
    assert [len(row) for row in known["acquisitions"]] == [17] * N_PRODUCTS
    assert sum(sum(row[:16]) for row in known["acquisitions"]) == 561_710
