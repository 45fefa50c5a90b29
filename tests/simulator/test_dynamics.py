"""A month of a simulated bank: what may come and go, and what never does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bankrec.santander.columns import BIT
from bankrec.simulator.simulate import live

NOMINA, PENSION, TAXES = (1 << BIT[f"ind_{name}_ult1"] for name in ("nomina", "nom_pens", "reca_fin"))


def test_an_account_turns_into_the_other_kind() -> None:
    """Who takes a payroll account gives up the current account."""
    current, payroll = (1 << BIT[f"ind_{name}_fin_ult1"] for name in ("cco", "cno"))
    seen: list[np.ndarray] = []
    live(5_000, 3, 8, lambda profile, state, present: seen.append(state.words.copy()))
    turned = 0
    for before, after in pairwise(seen):
        observed = (before & current != 0) & (before & payroll == 0) & (after & payroll != 0)
        turned += int(observed.sum())
        assert not (after[observed] & current).any()
    assert turned > 0


def test_payroll_never_without_the_flag_of_payroll_or_pension_and_taxes_stay() -> None:
    seen: list[np.ndarray] = []
    live(5_000, 2, 17, lambda profile, state, present: seen.append(state.words.copy()))
    for month, words in enumerate(seen):
        lonely = (words & NOMINA != 0) & (words & PENSION == 0)
        assert not lonely.any(), f"month {month}: {lonely.sum()}"
        if month:
            assert not (seen[month - 1] & ~words & TAXES).any()
