"""The gate: what keeps a set from being switched to, and what does not."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.manifest import About
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from bankrec.results import Headline
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked


@pytest.mark.parametrize(
    ("batch", "about", "reason"),
    [
        (ranked([1], best=2), ABOUT, "held products recommended: 1"),
        (ranked([1], barred=1 << 23 | 1), ABOUT, "barred products recommended: 2"),
        (ranked([1], best=-1), ABOUT, "living customers left without an answer: 1"),
        (
            ranked([1]),
            About("2016-05-28", Headline.of({"map_at_7": 0.01, "map_at_7_popularity": 0.02})),
            "at least 0.02000, that of popularity of acquisitions",
        ),
        (ranked([1, 2, 3, 4], score=0.5), ABOUT, "mean expected acquisitions"),
        (ranked([1]), ABOUT, "customers, against the last set"),
    ],
)
def test_the_gate_keeps_the_last_good_set(tmp_path: Path, batch: Ranked, about: About, reason: str) -> None:
    good, _ = publish(tmp_path, BANK, [ranked([1, 2, 3, 4])], POPULAR, ABOUT, now=NOW)
    later = NOW + timedelta(days=30)
    with pytest.raises(InputError, match=reason):
        publish(tmp_path, BANK, [batch], POPULAR, about, now=later)
    assert [folder.name for folder in sets.all_sets(tmp_path)] == [good]
    forced, checks = publish(tmp_path, BANK, [batch], POPULAR, about, now=later, force=True)
    assert not checks.passed
    assert sets.current(tmp_path) == (tmp_path / forced).resolve()
    assert sets.read_manifest(tmp_path / forced)["forced"] is True


def test_a_customer_without_a_row_is_missed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="customers of the last month without a row: 2 "):
        publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW, expected_customers=lambda: 3)


def test_who_may_not_be_offered_anything_needs_no_answer(tmp_path: Path) -> None:
    """Empty lists of a dead, a suppressed and a customer from whom the rules take everything."""
    nothing = ranked([1, 2, 3], best=-1)
    nothing.items[:] = -1
    with pytest.raises(InputError, match="living customers left without an answer: 3"):
        publish(tmp_path, BANK, [nothing], POPULAR, ABOUT, now=NOW)
    status = np.array(["deceased", "suppressed", "nothing_left"])
    nothing.barred[2] = (1 << 24) - 1
    _, checks = publish(tmp_path, BANK, [replace(nothing, status=status)], POPULAR, ABOUT, now=NOW)
    assert checks.passed
