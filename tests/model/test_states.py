"""States: each product's own past and the profile as categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bankrec.bank.files import bank_from
from bankrec.config import Config
from bankrec.model.states import HELD, LOST_1, LOST_2, LOST_LONG, NEVER, NEW, product_states, relation_is_joint, states
from tests.model.conftest import VOCABULARY
from tests.other_bank import BARE, NAMED, OTHER
from tests.santander import BANK, BIT

CCO, RECIBO = BIT["ind_cco_fin_ult1"], BIT["ind_recibo_ult1"]


def test_states_by_hand() -> None:
    held = np.array(
        [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [1, 0, 0, 0, 0]]
    )
    flags = np.zeros((6, 5, 24), dtype=bool)
    flags[:, :, CCO] = held == 1
    state = product_states(flags, np.ones((6, 5), dtype=bool))[:, CCO]
    assert state.tolist() == [NEVER, HELD, NEW, LOST_1, LOST_2, LOST_LONG]


def test_state_codes_stay_in_their_fields(make, config: Config) -> None:
    history = make(500, 14)
    for t in (1, 2, 5, 14):
        known = states(history.until(t), VOCABULARY, config)
        assert (known.codes >= 0).all() and (known.codes < np.array(known.sizes)).all(), t
        assert known.one_hot().sum(axis=1).min() == known.codes.shape[1]


def of(size: int, number: int, **more: Any) -> dict[str, Any]:
    """A state of so many codes, the one for any other value counted."""
    name = f"state_{number}"
    return {"name": name, "column": name, "kind": "category", "values": list(range(1, size)), **more}


@pytest.mark.parametrize(
    ("states", "joint"),
    [
        ([of(64, 0)], True),
        ([of(65, 0)], False),
        ([of(8, 0), of(8, 1)], True),
        ([of(8, 0), of(9, 1)], False),
        ([of(16, 0), {"name": "on", "column": "on", "kind": "flag"}], True),
        ([of(17, 0), {"name": "on", "column": "on", "kind": "flag"}], False),
        ([of(64, 0), of(9, 1, segment=True)], True),
    ],
)
def test_few_codes_are_one_field(states: list[dict[str, Any]], joint: bool) -> None:
    """A flag has four codes, with the month before; the segment is a field of its own in any case."""
    assert relation_is_joint(bank_from(NAMED | {"name": "made", "states": states}, "made")) == joint


def test_of_the_banks_of_the_tests() -> None:
    assert relation_is_joint(BANK) and relation_is_joint(OTHER) and relation_is_joint(BARE)
