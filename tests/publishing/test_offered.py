"""To whom a product is offered, by segment, age and score: as counted customer by customer."""

from __future__ import annotations

import numpy as np

from bankrec.publishing.offered import UNKNOWN, Offered
from bankrec.ranked import by_band
from tests.other_bank import OTHER
from tests.random_lists import lists
from tests.santander import BANK


def test_who_is_offered_a_product_by_segment_and_age() -> None:
    batch = lists(400, seed=3)
    offered = Offered(BANK)
    offered.add(batch)
    rows, places = np.nonzero(batch.items == 5)
    scores = batch.scores[rows, places].astype(np.float64)
    assert offered.to()[5] == len(rows)
    np.testing.assert_array_equal(offered.by_band[5], by_band(scores))
    for name, count, mean in offered.by_segment(5):
        here = batch.segment[rows] == ("" if name == UNKNOWN else name)
        assert (count, mean) == (here.sum(), scores[here].mean())
    names = [name for name, _, _ in offered.by_age(5)]
    assert names == [*BANK.age_bands, UNKNOWN]
    for band, (_, count, mean) in enumerate(offered.by_age(5)[:-1]):
        here = batch.age_band[rows] == band
        assert (count, mean) == (here.sum(), scores[here].mean())


def test_a_bank_without_segment_and_age_has_no_groups() -> None:
    offered = Offered(OTHER)
    offered.add(lists(50, seed=2, bank=OTHER))
    assert offered.by_segment(1) == offered.by_age(1) == [] and offered.to()[1] == offered.by_band[1].sum() > 0
