"""Lifts: who adds which product more often than its level says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.bank.products import BIT
from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import unpack
from bankrec.model.base_rates import levels
from bankrec.model.lifts import learn
from bankrec.model.tables import Tables


def evidence(history: History, t: int, config: Config) -> Tables:
    return learn(history.until(t), levels(history).until(t), config)


def test_lifts_show_what_differs_and_nothing_else(make, config: Config) -> None:
    """Customers of one province start to add a product: its lift is large, the others' and the one before are not."""
    history, bit, province = make(6000, 6), BIT["ind_reca_fin_ult1"], 28
    rows, rng = np.flatnonzero(history.profile["cod_prov"].to_numpy() == province), np.random.default_rng(1)
    words = history.words.copy()
    for t in range(1, 6):
        adders = rows[rng.random(len(rows)) < 0.1]
        words[adders, t:] |= np.where(words[adders, t:] != 0, np.uint32(1 << bit), np.uint32(0))
    alike, differs = (evidence(h, 6, config) for h in (history, replace(history, words=words)))
    assert abs(alike.province[province, bit]) < 0.5
    lift = differs.province[1:53, bit]
    others = np.delete(lift, province - 1)
    assert lift[province - 1] > 1.0 > 2 * others.max(), (lift[province - 1], others.max())
    assert abs(others.mean()) < 0.15, others.mean()
    assert (alike.basket[unpack(alike.baskets)] <= 0.0).all(), "what is held is never added: no positive lift"


@pytest.mark.parametrize("t", [1, 3])
def test_evidence_of_few_months_is_finite(make, config: Config, t: int) -> None:
    tables = evidence(make(50, 3), t, config)
    for name in ("level", "cell", "basket", "dropped", "channel", "province", "items"):
        assert np.isfinite(getattr(tables, name)).all(), name
