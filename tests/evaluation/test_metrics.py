import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.evaluation import metrics
from tests.santander import N

RECORDED = json.loads((Path(__file__).parent / "data" / "rectools.json").read_text())


def lists(*rows: list[int]) -> npt.NDArray[np.int8]:
    width = max(len(row) for row in rows)
    return np.array([row + [-1] * (width - len(row)) for row in rows], np.int8)


def words(*rows: list[int]) -> npt.NDArray[np.uint64]:
    return np.array([sum(1 << bit for bit in row) for row in rows], np.uint64)


def random_bank(seed: int, n: int = 300) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.uint64]]:
    rng = np.random.default_rng(seed)
    items = np.argsort(rng.random((n, N)), axis=1).astype(np.int8)
    added = np.array([sum(1 << bit for bit in rng.choice(24, rng.integers(1, 6), replace=False)) for _ in range(n)])
    return items, added.astype(np.uint64)


@pytest.mark.parametrize(
    ("ranked", "truth", "expected"),
    [
        ([5, 6, 7], [5], 1.0),
        ([6, 5, 7], [5], 1 / 2),
        ([5, 6, 7], [5, 7], (1 + 2 / 3) / 2),
        ([5, 6, 7], [8], 0.0),
        ([5, 6, 7], [], 0.0),
        ([0, 1, 2, 3, 4, 5, 6, 7], [7], 0.0),  # the eighth place does not count
    ],
)
def test_average_precision_by_hand(ranked: list[int], truth: list[int], expected: float) -> None:
    assert metrics.average_precision(lists(ranked), words(truth)).tolist() == pytest.approx([expected])


def test_precision_recall_ndcg_hit_rate_by_hand() -> None:
    items, added = lists([5, 6, 7]), words([7, 9])
    assert metrics.precision(items, added, 3).tolist() == pytest.approx([1 / 3])
    assert metrics.recall(items, added, 3).tolist() == pytest.approx([1 / 2])
    assert metrics.hit_rate(items, added, 3).tolist() == [1.0]
    assert metrics.hit_rate(items, added, 2).tolist() == [0.0]
    best = 1 / np.log2(2) + 1 / np.log2(3)
    assert metrics.ndcg(items, added, 3).tolist() == pytest.approx([(1 / np.log2(4)) / best])


def test_what_is_shown_by_hand() -> None:
    items, held = lists([5, 6], [5, 7]), words([5], [1], [], [])
    assert metrics.coverage(items, 2, N) == pytest.approx(3 / 24)
    assert metrics.coverage(items, 1, N) == pytest.approx(1 / 24)
    # product 5 is held by 1 of 4 customers; 6 and 7 have no holder and count as held by one
    assert metrics.novelty(items, held, 2, N) == pytest.approx(2.0)


def test_exposure_is_even_or_in_one_hand() -> None:
    lists = np.tile(np.arange(24, dtype=np.int8), (3, 1))
    assert metrics.exposure_gini(lists, 24, N) == pytest.approx(0.0)
    assert metrics.exposure_gini(lists, 1, N) == pytest.approx(23 / 24)


def test_calibration_error_is_the_gap_between_probability_and_share() -> None:
    chance = np.full(1000, 0.3)
    observed = np.arange(1000) % 10 < 3
    assert metrics.calibration_error(chance, observed) == pytest.approx(0.0, abs=1e-9)
    assert metrics.calibration_error(chance, np.zeros(1000, bool)) == pytest.approx(0.3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equal_to_rectools_on_random_data(seed: int) -> None:
    """Values recorded by `tests/data/record_rectools.py` from RecTools on the same random data."""
    items, added = random_bank(seed)
    recorded = RECORDED[str(seed)]
    ours = {
        "map_at_7": metrics.average_precision(items, added).mean(),
        "precision_at_7": metrics.precision(items, added, 7).mean(),
        "recall_at_7": metrics.recall(items, added, 7).mean(),
        "ndcg_at_7": metrics.ndcg(items, added, 7).mean(),
        "hit_rate_at_7": metrics.hit_rate(items, added, 7).mean(),
        "coverage_at_1": metrics.coverage(items, 1, N),
        "novelty_at_7": metrics.novelty(items, added, 7, N),
    }
    assert ours == pytest.approx(recorded, abs=1e-9)


@given(st.integers(0, 10_000))
def test_invariants(seed: int) -> None:
    items, added = random_bank(seed, n=20)
    each = metrics.average_precision(items, added)
    assert ((each >= 0) & (each <= 1)).all()
    order = np.random.default_rng(seed).permutation(20)
    assert metrics.average_precision(items[order], added[order]).tolist() == each[order].tolist()
    slow = [_slow_average_precision(row.tolist(), int(word)) for row, word in zip(items, added, strict=True)]
    assert each.tolist() == pytest.approx(slow)


def _slow_average_precision(row: list[int], word: int) -> float:
    truth = {bit for bit in range(24) if word >> bit & 1}
    hits, total = 0, 0.0
    for place, bit in enumerate(row[:7], start=1):
        if bit in truth:
            hits += 1
            total += hits / place
    return total / min(len(truth), 7)
