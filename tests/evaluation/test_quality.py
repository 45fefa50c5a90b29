import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.evaluation.quality import evaluate
from bankrec.evaluation.tables import expected_matrix
from bankrec.holdings import unpack
from bankrec.ranked import lists_by
from tests.evaluation.three_customers import ADDED, HELD, ITEMS, SCORES, padded


def test_both_denominators_by_hand() -> None:
    quality = evaluate(ITEMS, SCORES, ADDED, HELD, padded([3], [3], []))
    assert quality.customers == 3 and quality.acquirers == 1
    assert quality.map_at_7.value == pytest.approx(0.5 / 3)
    assert quality.map_at_7_maximum == pytest.approx(1 / 3)
    assert quality.map_at_7_of_maximum.value == pytest.approx(0.5)
    assert quality.map_at_7_popularity_of_maximum == pytest.approx(1.0)
    assert quality.hit_rate_at_1 == 0.0 and quality.hit_rate_at_7 == 1.0


def test_forecast_by_hand() -> None:
    quality = evaluate(ITEMS, SCORES, ADDED, HELD, ITEMS)
    assert quality.expected_acquisitions == pytest.approx(2.0)
    assert quality.observed_acquisitions == 1
    assert quality.forecast_error == pytest.approx(1.0)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_invariants(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    held = rng.integers(0, 1 << 24, n, dtype=np.uint64)
    added = (rng.integers(0, 1 << 24, n, dtype=np.uint64) & ~held).astype(np.uint64)
    items = lists_by(rng.random((n, 24)), held)
    scores = rng.random((n, 24)).astype(np.float32) * (items >= 0)
    quality = evaluate(items, scores, added, held, items)
    assert quality.map_at_7.value <= quality.map_at_7_maximum + 1e-12
    assert quality.map_at_7.low <= quality.map_at_7.value <= quality.map_at_7.high
    listed = expected_matrix(items, np.where(items >= 0, 1.0, 0.0).astype(np.float32)) > 0
    assert (listed == ~unpack(held, 24)).all()
    order = rng.permutation(n)
    again = evaluate(items[order], scores[order], added[order], held[order], items[order])
    assert again.as_dict() == pytest.approx(quality.as_dict(), nan_ok=True)
