"""Figures published of the real bank agree with each other, and other banks have none."""

from __future__ import annotations

import pytest

from bankrec.explore import published
from tests.other_bank import OTHER
from tests.santander import BANK


def test_every_product_has_its_figures() -> None:
    figures = published.figures()
    assert set(figures["held"]) == set(figures["acquired"]) == set(BANK.ids)
    assert {len(counts) for counts in figures["acquired"].values()} == {len(figures["customers_by_month"]) - 1}
    assert {wave["product"] for wave in figures["waves"]} <= set(BANK.ids)


def test_the_mean_number_of_products_is_that_of_the_shares() -> None:
    shares = published.prevalence(BANK)
    assert shares is not None and shares.sum() == pytest.approx(published.figures()["products_a_customer"], abs=0.001)


def test_the_estimated_share_who_acquire_agrees_with_the_published_one() -> None:
    share = published.acquirers(BANK)
    assert share is not None and share["2016-05"] == pytest.approx(published.figures()["acquire"], rel=0.03)


def test_named_waves_stand_out_in_the_published_counts() -> None:
    table = published.waves(BANK)
    assert table is not None and (table["times published"] > 1.5).all()


def test_nothing_is_published_of_another_bank() -> None:
    asked = (published.prevalence, published.acquisitions, published.acquirers, published.missing, published.waves)
    assert all(one(OTHER) is None for one in asked)
