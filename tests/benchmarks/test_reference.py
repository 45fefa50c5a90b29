from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from bankrec.history import History
from bankrec.holdings import PRESENT, unpack
from benchmarks import reference
from tests.santander import BANK, person

N = 600
MONTHS = tuple(date(2015, month, 28) for month in range(1, 6))


@pytest.fixture(scope="module")
def history() -> History:
    """A third adds product 7 if 5 is held, product 9 if 6 is held, in every month; then drops it again."""
    rng = np.random.default_rng(0)
    base = np.where(np.arange(N) % 2 == 0, 1 << 5, 1 << 6)
    words = np.zeros((N, len(MONTHS)), np.uint64)
    for month in range(len(MONTHS)):
        extra = np.where(base == 1 << 5, 1 << 7, 1 << 9) * (rng.random(N) < 1 / 3)
        words[:, month] = (base | extra).astype(np.uint64) | PRESENT
    texts = ("sexo", "pais_residencia", "canal_entrada", "ind_empleado", "indext")
    values = {
        **{name: ["V"] * N for name in texts},
        "cod_prov": np.full(N, 28, np.int8),
        "age": rng.integers(18, 80, N).astype(np.int16),
        "fecha_alta": [date(2010, 1, 1)] * N,
        "renta": np.full(N, 1e5),
    }
    profile = pa.table({column.column: values[column.column] for column in BANK.kept})
    return History(BANK, np.arange(N, dtype=np.int64), MONTHS, words, person(np.full(words.shape, 40)), profile)


def test_the_reference_finds_what_was_planted(history: History) -> None:
    fitted = reference.fit(history)
    items, scores = reference.rank(history, fitted)
    holds = unpack(history.words[:, -1], BANK.n)
    free_7 = holds[:, 5] & ~holds[:, 7]
    assert fitted.leaves in reference.LEAVES
    assert (items[free_7, 0] == 7).mean() > 0.99
    assert (scores[free_7, 0] > 0.9).mean() > 0.99


def test_lists_hold_all_that_is_not_held_once(history: History) -> None:
    items, _ = reference.rank(history, reference.fit(history))
    for row, held in zip(items[:50], unpack(history.words[:50, -1], BANK.n), strict=True):
        assert sorted(row[row >= 0]) == np.flatnonzero(~held).tolist()


def test_features_by_hand(history: History) -> None:
    words = history.words[:1].copy()
    one, nothing = PRESENT | np.uint64(2), np.uint64(0)
    words[0] = np.array([PRESENT, one, PRESENT, nothing, one])  # product 1: never, had, lost, away, has
    alone = replace(history.take(np.arange(1)), words=words)
    block = reference.features(alone.until(5), {name: {} for name in reference.TEXTS})[0]
    of_product = block[: 24 * 11].reshape(11, 24)[:, 1]
    lags, (ever, acquisitions, drops, share, since) = of_product[:6], of_product[6:]
    assert np.array_equal(lags, np.array([1, np.nan, 0, 1, 0, np.nan], np.float32), equal_nan=True)
    assert (ever, acquisitions, drops, share, since) == pytest.approx((1, 1, 1, 0.5, 1))
