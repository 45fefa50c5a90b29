"""A bank's own features: through the one door, seen by both rankers, nothing of the target month."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.bank.files import bank_from
from bankrec.config import Config
from bankrec.evaluation.tables import importances
from bankrec.history import History
from bankrec.model import als
from bankrec.model.features import features
from bankrec.model.states import states
from bankrec.model.training import fit
from bankrec.model.vocabulary import learn_vocabulary
from tests.histories import SMALL, to_frame
from tests.other_bank import OTHER, other_history

FEATURES = [
    {"name": "turnover"},
    {"name": "visits", "bands": {"edges": [1, 4]}},
    {"name": "page", "kind": "category", "values": ["loans", "cards"]},
]
BANK = bank_from(OTHER.as_dict() | {"features": FEATURES}, "with features")


def history(n: int = 200, count: int = 6, seed: int = 0) -> History:
    """Random histories with a turnover, visits and a page for most customers and months."""
    rng, plain = np.random.default_rng(seed), other_history(n, count, seed, BANK)
    own = {
        "turnover": rng.lognormal(6, 1, (n, count)),
        "visits": rng.integers(0, 8, (n, count)),
        "page": rng.integers(0, 3, (n, count)),
    }
    gone = rng.random((n, count)) < 0.2
    return replace(plain, own={name: np.where(gone, np.nan, values).astype(np.float32) for name, values in own.items()})


def both(past: History, config: Config) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What the trees and the additive model see of own features, by name."""
    seen = features(past, als.item_factors(past, config.als, 7), config)
    known = states(past, learn_vocabulary(past), config)
    names = [str(feature["name"]) for feature in FEATURES]
    trees = {name: seen.customer[seen.customer_names.index(name)] for name in names}
    return trees, {name: known.codes[:, known.names.index(name)] for name in names}


def test_both_rankers_see_the_last_month(config: Config) -> None:
    past = history().until(4)
    trees, additive = both(past, config)
    for name, values in trees.items():
        np.testing.assert_array_equal(values, past.own[name][:, 3])
    unknown = np.isnan(past.own["visits"][:, 3])
    np.testing.assert_array_equal(additive["visits"][unknown], 3)  # after the three bands
    np.testing.assert_array_equal(additive["visits"][~unknown], np.digitize(past.own["visits"][~unknown, 3], [1, 4]))
    np.testing.assert_array_equal(additive["page"], np.nan_to_num(past.own["page"][:, 3]))
    assert set(additive["turnover"]) == set(range(11))  # tenths, and unknown


@settings(max_examples=15)
@given(t=st.integers(1, 5), seed=st.integers(0, 1000))
def test_nothing_from_month_t_on_reaches_t(t: int, seed: int) -> None:
    whole, rng = history(60), np.random.default_rng(seed)
    changed = {name: values.copy() for name, values in whole.own.items()}
    for values in changed.values():
        values[:, t:] = rng.integers(0, 2, values[:, t:].shape)
    for one, two in zip(both(whole.until(t), SMALL), both(replace(whole, own=changed).until(t), SMALL), strict=True):
        for name, values in one.items():
            np.testing.assert_array_equal(values, two[name])


def test_what_month_t_shows_would_be_noticed() -> None:
    """The invariant above can fail: one month more does change what is seen."""
    whole = history(60)
    assert any((values != both(whole.until(4), SMALL)[0][name]).any() for name, values in both(whole, SMALL)[0].items())


def test_a_history_with_own_features_goes_through_arrow_and_back() -> None:
    import pyarrow as pa

    whole = history(30)
    again = History.from_arrow(pa.Table.from_pandas(to_frame(whole), preserve_index=False), BANK)
    for name, values in whole.own.items():
        np.testing.assert_array_equal(values, again.own[name])


def test_they_have_an_importance() -> None:
    recommender = fit(history(600, 8), SMALL)
    assert {"turnover", "visits", "page"} <= set(importances(recommender.ranker).index)
