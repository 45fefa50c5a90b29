"""Features: hand-checked values, and nothing of month t or later in anything for t."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.model import als
from bankrec.model.features import Floats, features
from bankrec.model.states import states
from bankrec.model.vocabulary import learn_vocabulary
from tests.santander import BIT

CCO, RECIBO = BIT["ind_cco_fin_ult1"], BIT["ind_recibo_ult1"]


def factors(history: History, t: int, config: Config) -> Floats:
    return als.item_factors(history.until(t), config.als, config.seed)


def test_pair_features_by_hand(make, config: Config) -> None:
    history = make(3, 5)
    held = np.array([[1, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 1, 1]], dtype=np.uint64) << np.uint64(RECIBO)
    history = replace(history, words=held | PRESENT)
    of_history = features(history.until(5), factors(history, 5, config), config)
    table = dict(zip(of_history.pair_names, of_history.pair[:, :, RECIBO], strict=True))
    np.testing.assert_allclose(table["since_held"], [4, np.nan, 1])  # February to June; never; last month
    np.testing.assert_allclose(table["lag_2"], [0, 0, 1])
    np.testing.assert_allclose(table["lag_4"], [1, 0, 1])
    np.testing.assert_allclose(table["share_held"], [0.4, 0, 0.6])
    np.testing.assert_allclose(table["rise_rate"], [0, 0, 0.5])
    np.testing.assert_allclose(table["fall_rate"], [0.25, 0, 0.25])
    assert np.isnan(table["lag_6"]).all(), "a month before the first is unknown, not a month with nothing"


def test_absent_month_is_not_a_drop(make, config: Config) -> None:
    history = make(1, 3)
    held = np.uint64(1) << np.uint64(CCO) | PRESENT
    history = replace(history, words=np.array([[held, 0, held]], dtype=np.uint64))
    of_history = features(history.until(3), factors(history, 3, config), config)
    table = dict(zip(of_history.pair_names, of_history.pair[:, 0, CCO], strict=True))
    assert table["fall_rate"] == 0 and table["rise_rate"] == 0


@settings(max_examples=15)
@given(t=st.integers(1, 7), seed=st.integers(0, 1000))
def test_nothing_from_month_t_on_reaches_t(make, config: Config, t: int, seed: int) -> None:
    history = make(120, 8)
    changed = history.words.copy()
    changed[:, t:] = np.random.default_rng(seed).integers(0, 2**63, changed[:, t:].shape, dtype=np.uint64)
    persons = history.persons.copy()
    persons[:, t:] = np.random.default_rng(seed).integers(0, 2**16, persons[:, t:].shape, dtype=np.uint16)
    other = replace(history, words=changed, persons=persons)
    first, second = factors(history, t, config), factors(other, t, config)
    np.testing.assert_array_equal(first, second)
    one, two = features(history.until(t), first, config), features(other.until(t), second, config)
    np.testing.assert_array_equal(one.customer, two.customer)
    np.testing.assert_array_equal(one.pair, two.pair)
    a, b = (states(h.until(t), learn_vocabulary(h.until(t)), config) for h in (history, other))
    np.testing.assert_array_equal(a.codes, b.codes)


def test_what_month_t_shows_would_be_noticed(make, config: Config) -> None:
    """The invariant above can fail: one month more does change factors and features."""
    history = make(120, 8)
    one, two = factors(history, 5, config), factors(history, 6, config)
    assert not np.array_equal(one, two)
    assert not np.array_equal(
        features(history.until(5), one, config).pair, features(history.until(6), two, config).pair
    )


def test_window_bounds_what_is_seen(make, config: Config) -> None:
    """What happened before the window does not matter: a feature means the same at every t."""
    history, short = make(50, 10), replace(config, window=4)
    items = factors(history, 10, short)
    later = replace(history, months=history.months[6:], words=history.words[:, 6:])
    np.testing.assert_array_equal(
        features(history.until(10), items, short).pair[:6], features(later.until(4), items, short).pair[:6]
    )
