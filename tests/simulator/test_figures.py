"""The published figures that the simulator keeps to."""

from __future__ import annotations

from bankrec.bank.products import N_PRODUCTS
from bankrec.jobs.arguments import SIMULATED_CUSTOMERS, SIMULATED_MONTHS
from bankrec.simulator.figures import LAST_MONTHS, facts


def test_the_published_figures_are_whole() -> None:
    known = facts()
    assert (known["customers"], LAST_MONTHS) == (SIMULATED_CUSTOMERS[1], SIMULATED_MONTHS[1])
    assert sum(known["rows_by_month"]) == 13_647_309
    assert [len(row) for row in known["additions"]] == [17] * N_PRODUCTS
    assert sum(sum(row[:16]) for row in known["additions"]) == 561_710
