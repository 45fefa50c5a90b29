"""Batches ranked at the same time: in their order, the same lists as one after the other, all customers counted."""

from __future__ import annotations

import numpy as np

from bankrec.explain.explainer import explain
from bankrec.history import acquisitions, age_bands, present
from bankrec.holdings import unpack
from bankrec.jobs.ranking import HistoryCounts, offer, offers, ranking_tables
from bankrec.jobs.terms import Terms
from bankrec.model.training import fit
from bankrec.ranked import BY_CUSTOMER
from bankrec.rules.suppression import NAME as SUPPRESSED
from tests.santander import IDS, N


def test_lists_of_batches_come_in_their_order_and_everybody_there_is_counted(make, config) -> None:
    history = make(400, 4)
    recommender = fit(history, config)
    explainer, seen = explain(history, recommender), HistoryCounts(recommender)
    asked = history.user_id[present(history)][:3]
    batches = list(offers(seen.passing(history.batches(60)), explainer, Terms(suppressed=asked)))
    assert len(batches) == 7
    whole = offer(history, explainer, Terms(suppressed=asked))
    for name in BY_CUSTOMER:
        parts = np.concatenate([getattr(part, name) for part in batches])
        np.testing.assert_array_equal(parts, getattr(whole, name), err_msg=name)
    for month, counts in acquisitions(history).items():
        np.testing.assert_array_equal(seen.acquisitions[month], counts)
    ages = np.concatenate([part.age_band for part in batches])
    np.testing.assert_array_equal(ages, age_bands(history)[present(history)])
    np.testing.assert_array_equal(ages, whole.age_band)
    assert seen.there == present(history).sum() == len(whole.user_id)
    assert whole.user_id[whole.status == SUPPRESSED].tolist() == asked.tolist()
    assert (whole.items[:3] == -1).all() and (whole.items[3:, 0] >= 0).any()


def test_candidates_of_als_are_all_that_is_not_held_and_lists_are_without_what_rules_bar(make, config) -> None:
    history = make(400, 4)
    recommender = fit(history, config)
    als, lists = (table.to_pandas() for table in ranking_tables(history, recommender))
    assert list(als.columns) == list(lists.columns) == ["user_id", "item_id", "rank", "score"]
    customers = np.flatnonzero(present(history))
    row, bit = np.nonzero(~unpack(history.words[customers, -1], N))
    ids = history.user_id[customers][row].tolist()
    not_held = set(zip(ids, (IDS[one] for one in bit), strict=True))
    candidates, listed = (set(zip(table["user_id"], table["item_id"], strict=True)) for table in (als, lists))
    assert candidates == not_held > listed
    assert (als.groupby("user_id")["score"].diff().dropna() <= 0).all()
