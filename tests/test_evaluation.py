import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.evaluation.holdings_protocol import first_study, held_first
from bankrec.evaluation.quality import evaluate
from bankrec.evaluation.tables import by_product, by_rank, expected_matrix
from bankrec.holdings import unpack
from bankrec.ranked import lists_by


def word(*bits: int) -> int:
    return sum(1 << bit for bit in bits)


def padded(*rows: list[int]) -> npt.NDArray[np.int8]:
    return np.array([row + [-1] * (24 - len(row)) for row in rows], np.int8)


ITEMS = padded([2, 3], [3, 4], [])
SCORES = np.zeros((3, 24), np.float32)
SCORES[0, :2], SCORES[1, :2] = [0.5, 0.25], [0.75, 0.5]
ADDED = np.array([word(3), 0, 0], np.uint32)
HELD = np.array([word(4), word(2), word(*range(24))], np.uint32)


def test_both_denominators_by_hand() -> None:
    found = evaluate(ITEMS, SCORES, ADDED, HELD, padded([3], [3], []))
    assert found.customers == 3 and found.adders == 1
    assert found.map_at_7.value == pytest.approx(0.5 / 3)
    assert found.map_at_7_maximum == pytest.approx(1 / 3)
    assert found.map_at_7_of_maximum.value == pytest.approx(0.5)
    assert found.map_at_7_popularity_of_maximum == pytest.approx(1.0)
    assert found.hit_rate_at_1 == 0.0 and found.hit_rate_at_7 == 1.0


def test_forecast_by_hand() -> None:
    found = evaluate(ITEMS, SCORES, ADDED, HELD, ITEMS)
    assert found.expected_additions == pytest.approx(2.0)
    assert found.observed_additions == 1
    assert found.forecast_error == pytest.approx(1.0)


def test_scores_go_to_their_products() -> None:
    table = expected_matrix(ITEMS, SCORES)
    assert table[0, 2] == 0.5 and table[0, 3] == 0.25 and table[1, 3] == 0.75
    assert table.sum() == pytest.approx(2.0)
    assert not table[2].any()


def test_tables_by_product_and_rank() -> None:
    products = by_product(ITEMS, SCORES, ADDED)
    assert products["additions"].tolist() == [1 if bit == 3 else 0 for bit in range(24)]
    assert products["expected additions"].iloc[3] == pytest.approx(1.0)
    assert products["found in first 7"].iloc[3] == 1 and products["recall@7"].iloc[3] == 1.0
    ranks = by_rank(ITEMS, SCORES, ADDED)
    assert ranks["recommendations"].tolist() == [2, 2, 0, 0, 0, 0, 0]
    assert ranks["share added"].tolist()[:2] == [0.0, 0.5]
    assert ranks["mean score"].tolist()[:2] == pytest.approx([0.625, 0.375])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_invariants(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    held = rng.integers(0, 1 << 24, n, dtype=np.uint32)
    added = (rng.integers(0, 1 << 24, n, dtype=np.uint32) & ~held).astype(np.uint32)
    items = lists_by(rng.random((n, 24)), held)
    scores = rng.random((n, 24)).astype(np.float32) * (items >= 0)
    found = evaluate(items, scores, added, held, items)
    assert found.map_at_7.value <= found.map_at_7_maximum + 1e-12
    assert found.map_at_7.low <= found.map_at_7.value <= found.map_at_7.high
    listed = expected_matrix(items, np.where(items >= 0, 1.0, 0.0).astype(np.float32)) > 0
    assert (listed == ~unpack(held)).all()
    order = rng.permutation(n)
    again = evaluate(items[order], scores[order], added[order], held[order], items[order])
    assert again.as_dict() == pytest.approx(found.as_dict(), nan_ok=True)


def test_the_first_study_rewards_what_is_held() -> None:
    held = np.array([word(4, 5), word(4)], np.uint32)
    after = np.array([word(4, 5, 2), word(4)], np.uint32)
    items = padded([2, 3], [7])
    assert held_first(items, held)[:, :4].tolist() == [[4, 5, 2, 3], [4, 7, -1, -1]]
    table = first_study(items, held, after).set_index(["ranking", "k"])
    assert table.loc[("what they already hold", 1), "precision"] == 1.0
    assert table.loc[("what they already hold", 5), "recall"] == pytest.approx((2 / 3 + 1) / 2)
    assert table.loc[("what they hold, then our list", 5), "recall"] == 1.0
    assert table.loc[("our list (nothing they hold)", 1), "precision"] == 0.5
