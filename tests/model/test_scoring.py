"""Lists: whole, without what is held, the same in any batch; payroll stands after pension."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.errors import InputError
from bankrec.evaluation.metrics import average_precision
from bankrec.holdings import HOLDINGS, PRESENT, unpack
from bankrec.model.scoring import PAYROLL, PENSION, payroll_order, recommend, recommend_all, share_and_chance
from bankrec.model.training import fit
from bankrec.persons import pack
from bankrec.ranked import ranked_items
from bankrec.rules.builtin import JUNIOR


@pytest.fixture(scope="module")
def fitted(make, config):
    history = make(500, 6)
    return history, fit(history, config, progress=False)


def test_lists_hold_everything_not_held_once(fitted) -> None:
    history, recommender = fitted
    ranked = recommend(history, recommender)
    assert ranked.user_id.tolist() == history.user_id[(history.words[:, -1] & PRESENT) != 0].tolist()
    for items, held in zip(ranked.items, unpack(ranked.held), strict=True):
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
    persons[dead, -1] = pack(40, deceased=True)
    ranked = recommend(replace(history, persons=persons), recommender)
    assert ranked.status[:3].tolist() == ["deceased"] * 3
    assert (ranked.items[:3] == -1).all() and (ranked.scores[:3] == 0).all()
    assert (ranked.status[3:] == "ok").all()


def test_whoever_holds_everything_needs_nothing(fitted) -> None:
    history, recommender = fitted
    words = history.words.copy()
    words[0, -1] |= HOLDINGS | PRESENT
    ranked = recommend(replace(history, words=words), recommender)
    assert ranked.status[0] == "nothing_left" and (ranked.items[0] == -1).all()


def test_histories_of_another_month_are_refused(fitted) -> None:
    history, recommender = fitted
    with pytest.raises(InputError, match="the model is of 2015-06-28"):
        recommend(history.until(5), recommender)


def test_payroll_stands_after_pension_where_neither_is_held() -> None:
    order = np.full((3, 24), 0.1)
    order[:, PAYROLL], order[:, PENSION] = 0.9, 0.5
    held = np.array([0, 1 << PENSION, 1 << PAYROLL], dtype=np.uint32)
    found = payroll_order(order, held, 0.5)
    assert found[0, PAYROLL] < found[0, PENSION] == 0.25
    np.testing.assert_array_equal(found[1:], order[1:])
    assert order[0, PAYROLL] == 0.9, "the input is left alone"


def test_what_orders_lies_between_share_and_chance() -> None:
    log_share, chance = np.log(np.array([[0.4, 0.1]])), np.array([[0.001, 0.009]])
    np.testing.assert_allclose(share_and_chance(log_share, chance, 0.0), [[0.4, 0.1]])
    np.testing.assert_allclose(share_and_chance(log_share, chance, 1.0), [[0.001, 0.009]])
    np.testing.assert_allclose(share_and_chance(log_share, chance, 0.5), [[0.02, 0.03]])
    assert share_and_chance(np.array([[-np.inf]]), np.array([[0.5]]), 0.5) == 0, "what is held has no share"


def test_a_pair_is_ordered_best_by_share_and_chance_together() -> None:
    """A pair of chance q, a product of chance p that comes alone: what each order loses of the best one."""
    pair, alone, rest = [PAYROLL, PENSION], 0, 5
    came = np.array([1 << PAYROLL | 1 << PENSION, 1], np.uint32)
    for before in range(3):  # products that stand before both in any case
        lost = {0.0: 0.0, 0.5: 0.0, 1.0: 0.0}
        for q in np.arange(0.21, 0.5, 0.02):
            p, chance = 0.2, np.full((1, 24), 1e-9)
            chance[0, rest : rest + before] = 0.9
            chance[0, alone], chance[0, pair] = p, q
            share = chance.copy()
            share[0, pair] = q / 2
            worth = {}
            for weight in lost:
                order = payroll_order(share_and_chance(np.log(share), chance, weight), np.zeros(1, np.uint32), 1.0)
                items = ranked_items(order, chance, np.zeros((1, 24), dtype=bool))[0].repeat(2, axis=0)
                worth[weight] = float(average_precision(items, came) @ [q, p])
            for weight in lost:
                lost[weight] += max(worth.values()) - worth[weight]
        assert lost[0.5] < min(lost[0.0], lost[1.0]), lost
