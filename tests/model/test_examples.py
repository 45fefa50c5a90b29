"""Examples: pairs of those who add with what they do not hold, each customer counted once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.config import RankerConfig
from bankrec.holdings import PRESENT, acquired
from bankrec.model import als
from bankrec.model.base_rates import base_rates
from bankrec.model.examples import acquirers_of, customers_of, pair_examples, pairs_of, sampling_rates
from bankrec.model.features import Features
from tests.santander import N


def test_pairs_by_hand() -> None:
    """Two customers who hold all but three products and all but two; the first adds two of them."""
    everything = np.uint64((1 << 24) - 1)
    held = np.array([everything & ~np.uint64(0b111), everything & ~np.uint64(0b11)], np.uint64)
    pair = np.arange(48, dtype=np.float32).reshape(1, 2, 24)
    known = Features(np.array([[10.0, 20.0]], np.float32), ("a",), pair, ("b",), held)
    level = np.linspace(0.0, 2.3, 24)
    of_pair = np.zeros((2, 24))
    of_pair[0, :3], of_pair[1, 1] = (1.0, 4.0, 1.0), 1.0  # the second customer's other pair is left out
    added = np.array([0b101, 0b010], np.uint64)
    examples = pair_examples(known, added, np.array([1.0, 3.0]), level, -pair[0], of_pair)
    assert examples.x.tolist() == [[10, 0, 0], [10, 1, -1], [10, 2, -2], [20, 25, -25]]
    assert examples.y.tolist() == [True, False, True, True]
    assert examples.weight.tolist() == [0.5, 2.0, 0.5, 3.0], "two acquisitions weigh a half each, a pair for four as 4"
    assert examples.baseline.tolist() == pytest.approx([0.0, 0.1, 0.2, 0.1])


def test_the_latest_months_stay_whole_and_the_others_share_what_is_left(make, config) -> None:
    history = make(400, 8)
    targets = list(range(1, 8))
    added = {t: int((acquired(history.words[:, t - 1], history.words[:, t], N) != 0).sum()) for t in targets}
    whole, others = sum(added[t] for t in (5, 6, 7)), sum(added[t] for t in (1, 2, 3, 4))

    def rates(acquirers: int) -> dict[int, float]:
        return sampling_rates(history, targets, replace(config, ranker=RankerConfig(acquirers=acquirers)))

    assert set(rates(10**9).values()) == {1.0}
    some = rates(whole + others // 2)
    assert [some[t] for t in (5, 6, 7)] == [1.0] * 3
    assert [some[t] for t in (1, 2, 3, 4)] == pytest.approx([others // 2 / others] * 4)
    few = rates(whole // 2)
    assert set(few.values()) == {whole // 2 / (whole + others)}, "where the latest are too many, one share for all"


def test_a_month_teaches_of_its_acquirers_alone_and_of_those_allowed(make, config) -> None:
    history = make(400, 6)
    seen, t = base_rates(history), 4
    items, vocabulary = als.item_factors(history.until(t), config.als, config.seed), {"channel": np.array(["KHE"])}
    allowed = np.arange(400) % 2 == 0
    month = acquirers_of(history, t, seen, vocabulary, config, allowed, 1.0)
    pairs, pair_names = pairs_of(history, month, np.zeros(month.shares.shape), month.free.astype(float), items, config)
    customers, customer_names = customers_of(history, t, items, config, allowed)
    before, after = history.words[:, t - 1], history.words[:, t]
    acquirers = allowed & (acquired(before, after, N) != 0)
    there = allowed & ((before & after & PRESENT) != 0)
    assert len(month.known.codes) == len(month.shares) == acquirers.sum()
    assert len(customers.y) == there.sum() and customers.y.sum() == acquirers.sum()
    np.testing.assert_allclose(month.shares.sum(axis=1), 1.0)
    assert pairs.weight[pairs.y].sum() == pytest.approx(acquirers.sum()), "each customer counts once"
    assert pairs.x.shape[1] == len(pair_names) and customers.x.shape[1] == len(customer_names)
