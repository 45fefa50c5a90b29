"""Ranking on one machine: ranked lists and reasons of each batch of histories, and counts of the batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.ahead import ahead
from bankrec.explain.explainer import Explainer, reasons
from bankrec.history import History, acquisitions, age_bands, present
from bankrec.holdings import unpack
from bankrec.jobs.terms import USUAL, Terms
from bankrec.model.als import scores
from bankrec.model.drift import Drift, drift
from bankrec.model.recommender import Recommender
from bankrec.model.reference import counts
from bankrec.model.scoring import recommend
from bankrec.publishing.set_tables import list_table
from bankrec.publishing.statistics import Tally
from bankrec.ranked import Ranked, ranked_items
from bankrec.rules.eligibility import restricted
from bankrec.rules.removals import removals
from bankrec.rules.suppression import without


def offer(batch: History, explainer: Explainer, terms: Terms = USUAL) -> Ranked:
    """Ranked lists of a batch without products that the bank bars, empty for suppressed customers; and reasons.

    Where `terms` ask for it, also the products that each rule removed. Ages are in the bands of the bank's reports.
    """
    recommender = explainer.recommender
    ranked = restricted(recommend(batch, recommender), batch, recommender.offerable, terms.own)
    allowed = without(ranked, terms.suppressed) if len(terms.suppressed) else ranked
    removed = None
    if terms.explain_removals:
        removed = removals(batch.of(ranked.user_id), recommender.offerable, terms.rules)
    bands = age_bands(batch)
    age = None if bands is None else bands[batch.rows(ranked.user_id)]
    return replace(allowed, reasons=reasons(batch, allowed, explainer), removals=removed, age_band=age)


def offers(batches: Iterable[History], explainer: Explainer, terms: Terms = USUAL) -> Iterator[Ranked]:
    """`offer` of each batch, in their order, two at a time."""
    yield from ahead(lambda batch: offer(batch, explainer, terms), batches)


class HistoryCounts:
    """Counts of the histories that go to the ranker.

    Customers present in the last month, the states of customers, acquisitions by month.
    """

    def __init__(self, recommender: Recommender) -> None:
        self._of, self.there = recommender, 0
        self._states = np.zeros(int(recommender.reference.sizes.sum()), np.int64)
        self.acquisitions: dict[str, npt.NDArray[np.int64]] = {}

    def passing(self, batches: Iterable[History]) -> Iterator[History]:
        """The same batches; each is counted before it is given on."""
        of = self._of
        for batch in batches:
            self.there += int(present(batch).sum())
            self._states += counts(batch, of.reference, of.vocabulary, of.config)
            for month, counts_by_product in acquisitions(batch).items():
                self.acquisitions[month] = self.acquisitions.get(month, 0) + counts_by_product
            yield batch

    def drift(self, tally: Tally) -> Drift:
        """How far the customers seen, and the scores in `tally`, are from those of the training months."""
        return drift(self._states, tally.bands, self._of.reference, self._of.config.drift)


def ranking_tables(history: History, recommender: Recommender) -> tuple[pa.Table, pa.Table]:
    """`als_candidates` and `recommendations` of a batch: `user_id, item_id, rank, score` each."""
    ranked = recommend(history, recommender)
    past = history.of(ranked.user_id).until(len(history.months))
    als = scores(past, recommender.items, recommender.config.als).astype(np.float64)
    bank = history.bank
    items, values = ranked_items(als, unpack(ranked.held, bank.n))
    return list_table(replace(ranked, items=items, scores=values), bank.ids), list_table(ranked, bank.ids)
