"""What is counted for summary.json: the same by any way of counting and whatever the batches."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.forecasts import ExpectedInterval
from bankrec.publishing.likeliest import Likeliest
from bankrec.publishing.manifest import About
from bankrec.publishing.offered import UNKNOWN, Offered
from bankrec.publishing.statistics import Tally
from bankrec.publishing.summary import Summary, next_month, short, write_summary
from bankrec.ranked import SCORE_BANDS, Ranked, by_band, ranked_items
from tests.other_bank import OTHER
from tests.santander import BANK

ABOUT = About("2016-05-28")


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
    names = ("user_id", "items", "scores", "held", "status", "segment", "barred")
    age = None if batch.age_band is None else batch.age_band[low:high]
    return Ranked(**{name: getattr(batch, name)[low:high] for name in names}, age_band=age)


def summed(bank: Bank, *batches: Ranked, months: dict | None = None) -> dict:
    summary, tally = Summary(bank), Tally(bank.ids)
    for batch in batches:
        summary.add(batch)
        tally.add(batch)
    interval = ExpectedInterval(0.8, dict.fromkeys(bank.ids, (1, 2)), (3, 4))
    return summary.content(ABOUT, tally, interval, months or {})


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(0, 1000), st.lists(st.integers(0, 300), max_size=4), st.booleans())
def test_any_split_into_batches_gives_the_same(n: int, seed: int, cuts: list[int], other: bool) -> None:
    bank = OTHER if other else BANK
    whole = lists(n, seed, bank)
    edges = sorted({0, n, *(cut for cut in cuts if cut < n)})
    parts = [part(whole, low, high) for low, high in pairwise(edges)]
    assert summed(bank, *parts) == summed(bank, whole)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.integers(0, 1000), st.integers(1, 20))
def test_the_likeliest_are_the_best_of_all(n: int, seed: int, most: int) -> None:
    whole = lists(n, seed)
    found = Likeliest(BANK.n, most)
    for low in range(0, n, 50):
        found.add(part(whole, low, low + 50))
    for bit in range(BANK.n):
        rows, places = np.nonzero(whole.items == bit)
        pairs = zip(-whole.scores[rows, places], whole.user_id[rows], strict=True)
        users, scores = found.of(bit)
        assert list(zip(-scores, users, strict=True)) == sorted(pairs)[:most]


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


def test_a_product_that_nobody_is_offered_has_no_average() -> None:
    batch = lists(10, seed=1)
    batch.items[batch.items == 3] = -1
    content = short(summed(BANK, batch, months={"2016-05": np.arange(BANK.n)}))
    nothing = content["products"][BANK.ids[3]]
    assert content["bank_average"][BANK.ids[3]] is None
    assert (nothing["offered_to"], nothing["likeliest"], nothing["by_age"], nothing["expected"]) == (0, [], [], 0)
    assert nothing["acquisitions"] == [["2016-05", 3]] and nothing["interval"] == [1, 2]
    assert len(nothing["histogram"]["counts"]) + 1 == len(nothing["histogram"]["edges"]) == len(SCORE_BANDS)


@pytest.mark.parametrize(("as_of", "after"), [("2016-05-28", "2016-06"), ("2015-12-31", "2016-01")])
def test_the_month_after(as_of: str, after: str) -> None:
    assert next_month(as_of) == after


def test_the_file_is_small_with_48_products_and_sixty_months(tmp_path: Path) -> None:
    """Of what the page loads at first, without the likeliest: 100 KB are allowed to all of it."""
    ids = [f"product_{bit}" for bit in range(48)]
    products = [{"id": one, "names": {"en": one, "es": one}, "group": "accounts"} for one in ids]
    many = bank_from(BANK.as_dict() | {"name": "many", "products": products, "adapter": None}, "many")
    months = {f"{2012 + t // 12}-{t % 12 + 1:02d}": np.full(48, 12_345) for t in range(60)}
    content = summed(many, lists(3_000, 0, many), months=months)
    write_summary(tmp_path / "summary.json", content)
    written = json.loads((tmp_path / "summary.json").read_text())
    assert written == json.loads(json.dumps(short(content)))
    assert (tmp_path / "summary.json").stat().st_size < 300_000
    for block in written["products"].values():
        assert len(block.pop("likeliest")) == 100
    assert len(json.dumps(written, separators=(",", ":"))) < 130_000
