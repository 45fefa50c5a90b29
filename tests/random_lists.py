"""Random ranked lists with many equal scores, and parts of them."""

from __future__ import annotations

import numpy as np

from bankrec.bank.description import Bank
from bankrec.ranked import BY_CUSTOMER, Ranked, ranked_items
from tests.santander import BANK


def lists(n: int, seed: int, bank: Bank = BANK) -> Ranked:
    """Random lists in which equal scores are common: multiples of 1/64, whose sums are exact."""
    rng = np.random.default_rng(seed)
    barred = rng.random((n, bank.n)) < 0.4
    items, scores = ranked_items(rng.integers(0, 12, (n, bank.n)) / 64, barred)
    user_id, words = np.sort(rng.choice(10_000, n, replace=False)).astype(np.int64), np.zeros(n, np.uint64)
    segment = rng.choice(np.array(bank.segments), n)
    age = rng.integers(-1, len(bank.age_bands), n).astype(np.int8) if bank.age_bands else None
    return Ranked(user_id, items, scores, words, np.full(n, "ok"), segment, words, age_band=age)


def part(batch: Ranked, low: int, high: int) -> Ranked:
    """The customers from `low` to before `high`."""
    age = None if batch.age_band is None else batch.age_band[low:high]
    return Ranked(**{name: getattr(batch, name)[low:high] for name in BY_CUSTOMER}, age_band=age)
