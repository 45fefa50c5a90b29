"""Which fields of the additive model the states of a bank are."""

from __future__ import annotations

from math import prod

from bankrec.bank.description import Bank

MOST_JOINT = 64  # most codes of the relation to the bank as one field; with more, each state is its own field


def relation_is_joint(bank: Bank) -> bool:
    """Whether all states but the segment are one field, `activity`: where it has few codes.

    A flag counts twice, as it is and as it was in the month before.
    """
    sizes = [state.size**2 if state.kind == "flag" else state.size for state in bank.states if not state.segment]
    return prod(sizes) <= MOST_JOINT
