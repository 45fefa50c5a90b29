"""Lists: whole, without what is held, the same in any batch; payroll stands after pension."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.errors import InputError
from bankrec.holdings import PRESENT, all_held, unpack
from bankrec.model.scoring import after_what_they_come_with, recommend, recommend_all
from bankrec.model.training import fit
from bankrec.ranked import ranked_items
from tests.santander import BANK, BIT, N, person

JUNIOR, PAYROLL, PENSION = (BIT[name] for name in ("ind_ctju_fin_ult1", "ind_nomina_ult1", "ind_nom_pens_ult1"))


@pytest.fixture(scope="module")
def fitted(make, config):
    history = make(500, 6)
    return history, fit(history, config)


def test_lists_hold_everything_not_held_once(fitted) -> None:
    history, recommender = fitted
    ranked = recommend(history, recommender)
    assert ranked.user_id.tolist() == history.user_id[(history.words[:, -1] & PRESENT) != 0].tolist()
    for items, held in zip(ranked.items, unpack(ranked.held, N), strict=True):
        held[JUNIOR] = True  # everybody is an adult here
        assert sorted(items[items >= 0]) == np.flatnonzero(~held).tolist()
        assert (items[(~held).sum() :] == -1).all()
    assert ((ranked.scores > 0) == (ranked.items >= 0)).all() and (ranked.scores < 1).all()


def test_any_batching_gives_the_same(fitted) -> None:
    history, recommender = fitted
    whole = recommend(history, recommender)
    for size in (1, 37, 256):
        parts = recommend_all(history.take(np.arange(120)), recommender, batch=size)
        n = len(parts.user_id)
        np.testing.assert_array_equal(parts.items, whole.items[:n], err_msg=str(size))
        np.testing.assert_array_equal(parts.scores, whole.scores[:n], err_msg=str(size))


def test_order_of_customers_does_not_matter(fitted) -> None:
    history, recommender = fitted
    whole, back = recommend(history, recommender), recommend(history.take(np.arange(500)[::-1]), recommender)
    np.testing.assert_array_equal(back.items[::-1], whole.items)


def test_the_deceased_get_nothing(fitted) -> None:
    history, recommender = fitted
    dead = np.zeros(500, dtype=bool)
    dead[np.flatnonzero((history.words[:, -1] & PRESENT) != 0)[:3]] = True
    persons = history.persons.copy()
    persons[dead, -1] = person(40, deceased=True)
    ranked = recommend(replace(history, persons=persons), recommender)
    assert ranked.status[:3].tolist() == ["deceased"] * 3
    assert (ranked.items[:3] == -1).all() and (ranked.scores[:3] == 0).all()
    assert (ranked.status[3:] == "ok").all()


def test_whoever_holds_everything_needs_nothing(fitted) -> None:
    history, recommender = fitted
    words = history.words.copy()
    words[0, -1] |= all_held(N) | PRESENT
    ranked = recommend(replace(history, words=words), recommender)
    assert ranked.status[0] == "nothing_left" and (ranked.items[0] == -1).all()


def test_histories_of_another_month_are_refused(fitted) -> None:
    history, recommender = fitted
    with pytest.raises(InputError, match="the model is of 2015-06-28"):
        recommend(history.until(5), recommender)


def test_scores_never_rise_with_the_rank(fitted) -> None:
    history, recommender = fitted
    scores = recommend(history, recommender).scores
    assert (np.diff(scores, axis=1) <= 0).all()
    assert (scores[:, 0] > scores[:, 6]).any(), "the probabilities do fall"


def test_the_chance_of_payroll_is_below_that_of_pension_where_neither_is_held() -> None:
    chance = np.full((4, 24), 0.1)
    chance[:3, PAYROLL], chance[:3, PENSION] = 0.75, 0.5
    chance[3, PAYROLL], chance[3, PENSION] = 0.2, 0.3
    held = np.array([0, 1 << PENSION, 1 << PAYROLL, 0], dtype=np.uint64)
    ordered = after_what_they_come_with(chance, held, BANK)
    assert ordered[0, PENSION] == 0.625 and ordered[0, PAYROLL] == np.nextafter(0.625, 0)
    np.testing.assert_array_equal(ordered[1:], chance[1:], err_msg="one is held, or the order is right")
    assert chance[0, PAYROLL] == 0.75, "the input is left alone"
    np.testing.assert_allclose(ordered.sum(axis=1), chance.sum(axis=1), err_msg="the expected sum is as before")
    items, _ = ranked_items(ordered[:1], np.zeros((1, 24), np.bool_))
    assert items[0, :2].tolist() == [PENSION, PAYROLL]
