"""What is counted of a set, by hand, and the same whatever the batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.publishing.statistics import Tally
from tests.santander import IDS
from tests.small_sets import ranked


def counted(*batches) -> Tally:
    tally = Tally(IDS)
    for batch in batches:
        tally.add(batch)
    return tally


def test_two_customers_by_hand() -> None:
    """Each has product 23 at the first place and product 0 at the second, and holds product 2."""
    tally = counted(ranked([1, 5], score=0.01))
    assert (tally.customers, tally.recommendations) == (2, 4)
    assert (tally.by_rank[0, 23], tally.by_rank[1, 0], tally.by_rank.sum()) == (2, 2, 4)
    assert tally.expected[[23, 0]].tolist() == pytest.approx([0.02, 0.01])
    assert (tally.held_recommended, tally.barred_recommended, tally.living_unanswered) == (0, 0, 0)
    assert tally.statuses == {"ok": 2} and tally.removed == {"not_held": 2}
    shares = tally.distributions()
    assert shares["product_at_rank_1"][IDS[23]] == 1.0
    assert shares["product_by_rank"][IDS[0]][:3] == [0.0, 1.0, 0.0]
    assert sum(shares["score_bands"].values()) == 1.0
    assert tally.expected_acquisitions()[IDS[23]] == 0.02


def test_breaches_are_counted() -> None:
    assert counted(ranked([1], best=2)).held_recommended == 1
    assert counted(ranked([1], barred=1 << 23 | 1)).barred_recommended == 2
    nothing = ranked([1, 2])
    nothing.items[:] = -1
    assert counted(nothing).living_unanswered == 2
    assert counted(replace(nothing, status=np.array(["deceased", "suppressed"]))).living_unanswered == 0
    assert counted(replace(nothing, barred=np.full(2, (1 << 24) - 1, np.uint64))).living_unanswered == 0


def test_batches_add_up_to_the_whole() -> None:
    whole, parts = counted(ranked([1, 5, 9])), counted(ranked([1]), ranked([5, 9]))
    for name, value in vars(whole).items():
        np.testing.assert_equal(getattr(parts, name), value, err_msg=name)


def test_the_suppressed_without_a_row_have_a_status_and_are_no_customers_of_the_month() -> None:
    tally = counted(ranked([1]))
    tally.add_without_a_row(3)
    assert (tally.customers, tally.without_a_row, tally.statuses) == (1, 3, {"ok": 1, "suppressed": 3})
