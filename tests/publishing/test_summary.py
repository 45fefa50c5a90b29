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
from bankrec.publishing.manifest import About
from bankrec.publishing.statistics import Tally
from bankrec.publishing.summary import Summary, next_month, short, write_summary
from bankrec.ranked import SCORE_BANDS, Ranked
from tests.other_bank import OTHER
from tests.random_lists import lists, part
from tests.santander import BANK

ABOUT = About("2016-05-28")


def summed(bank: Bank, *batches: Ranked, months: dict | None = None) -> dict:
    summary, tally = Summary(bank), Tally(bank.ids)
    for batch in batches:
        summary.add(batch)
        tally.add(batch)
    interval = ExpectedInterval(0.8, dict.fromkeys(bank.ids, (1, 2)), (3, 4))
    return summary.content(ABOUT, tally, interval, months or {})


@settings(max_examples=20)
@given(st.integers(1, 300), st.integers(0, 1000), st.lists(st.integers(0, 300), max_size=4), st.booleans())
def test_any_split_into_batches_gives_the_same(n: int, seed: int, cuts: list[int], other: bool) -> None:
    bank = OTHER if other else BANK
    whole = lists(n, seed, bank)
    edges = sorted({0, n, *(cut for cut in cuts if cut < n)})
    parts = [part(whole, low, high) for low, high in pairwise(edges)]
    assert summed(bank, *parts) == summed(bank, whole)


def test_a_product_that_nobody_is_offered_has_no_average() -> None:
    batch = lists(10, seed=1)
    batch.items[batch.items == 3] = -1
    content = short(summed(BANK, batch, months={"2016-05": np.arange(BANK.n)}))
    nothing = content["products"][BANK.ids[3]]
    assert content["bank_average"][BANK.ids[3]] is None
    assert (nothing["offered_to"], nothing["likeliest"], nothing["by_age"], nothing["expected"]) == (0, [], [], 0)
    assert nothing["removed_by"] is None
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
