"""States: each product's own past and the profile as categories."""

from __future__ import annotations

import numpy as np

from bankrec.config import Config
from bankrec.model.states import HELD, LOST_1, LOST_2, LOST_LONG, NEVER, NEW, product_states, states
from tests.model.conftest import VOCABULARY
from tests.santander import BIT

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
