"""ALS: a bank whose right answer is known, closed-form factors, repeatability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.config import ALSConfig
from bankrec.holdings import PRESENT
from bankrec.model.als import item_factors, scores

ALS = ALSConfig(factors=2, iterations=15)  # two kinds of customers


@pytest.fixture(scope="module")
def checkerboard(make):
    """Customers of even number hold even products only, the others odd ones; each does not have one of its kind."""
    history = make(240, 3)
    number = np.arange(240)
    own = (np.arange(24)[None] % 2) == (number % 2)[:, None]
    missing = (number // 2 % 12) * 2 + number % 2
    own[number, missing] = False
    words = (own.astype(np.uint64) << np.arange(24, dtype=np.uint64)).sum(axis=1).astype(np.uint64) | PRESENT
    return replace(history, words=np.repeat(words[:, None], 3, axis=1)), own, missing


def test_missing_product_of_the_kind_comes_first(checkerboard) -> None:
    history, own, missing = checkerboard
    preference = scores(history, item_factors(history, ALS, 1), ALS)
    best = np.where(own, -np.inf, preference).argmax(axis=1)
    assert (best == missing).all(), f"{(best != missing).sum()} of 240 customers"


def test_closed_form_is_the_solution(checkerboard) -> None:
    """The factors of a customer minimise the weighted squares of Hu, Koren and Volinsky."""
    history, own, _ = checkerboard
    items = item_factors(history, ALS, 1)
    confidence = 1 + ALS.alpha * sum(ALS.decay**age for age in range(3)) * own[0]
    left = items.T @ (confidence[:, None] * items) + ALS.regularization * np.eye(ALS.factors)
    expected = items @ np.linalg.solve(left, items.T @ (confidence * own[0]))
    np.testing.assert_allclose(scores(history, items, ALS)[0], expected, atol=1e-3)


def test_scores_do_not_depend_on_the_batch(make) -> None:
    history = make(300, 5)
    items = item_factors(history, ALS, 1)
    whole = scores(history, items, ALS)
    for size in (1, 7, 128):
        parts = [scores(history.take(np.arange(i, min(i + size, 300))), items, ALS) for i in range(0, 300, size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole, err_msg=str(size))


def test_same_seed_same_factors(make) -> None:
    history = make(300, 5)
    np.testing.assert_array_equal(item_factors(history, ALS, 3), item_factors(history, ALS, 3))


def test_customer_without_products_scores_zero(make) -> None:
    history = make(50, 4)
    words = history.words.copy()
    words[0] = PRESENT
    history = replace(history, words=words)
    assert (scores(history, item_factors(history, ALS, 1), ALS)[0] == 0).all()
    empty = replace(history, words=np.full_like(words, PRESENT))
    assert (scores(empty, item_factors(empty, ALS, 1), ALS) == 0).all()
