"""Counts of answers.

Answers are stored, counted a thousand at a time, and turned into samples when Prometheus asks: counting one by one,
between requests and so with cold caches, costs several times as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from recommendations import RecommendationSet
from serving.observability import set_gauges
from serving.observability.stability import Stability
from serving.sets.files import MOST_PRODUCTS

RANK_BANDS = ("1", "2-3", "4-7", "8+")
_BAND_STARTS = (0, 1, 3, 7)  # places, from 0
_ANSWERS_AT_ONCE = 1_000
_SCORE_EDGES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
_SCORE_LABELS = ("<0.001", "0.001-0.003", "0.003-0.01", "0.01-0.03", "0.03-0.1", "0.1-0.3", ">=0.3")
K_BUCKETS = (1, 3, 5, 7, 10, 24, MOST_PRODUCTS)
SOURCES = ("personal", "popular", "none")


class Served(Collector):
    """Counts of answers, and gauges of the set in use."""

    def __init__(self) -> None:
        self.sources = dict.fromkeys(SOURCES, 0)
        # By place and product: counts in answers, and in the first k places of customers' own lists.
        self._answered, self._listed = np.zeros((2, MOST_PRODUCTS, MOST_PRODUCTS), np.int64)
        self._scores = np.zeros(len(_SCORE_LABELS), np.int64)
        # Nearly all answers are the first k of the customer's own list, so one count serves both.
        self._own: list[tuple[bytes, bytes, bytes, bytes]] = []
        self._others: list[tuple[bytes, bytes, bytes, bytes]] = []
        self.k = [0] * (MOST_PRODUCTS + 1)
        self._in_use: RecommendationSet | None = None
        self.realised: dict[str, Any] = {}
        self._stability = Stability(self._listed)

    @property
    def in_use(self) -> RecommendationSet | None:
        """The set in use; None until there is one."""
        return self._in_use

    @in_use.setter
    def in_use(self, used: RecommendationSet) -> None:
        """Continue counting for another set; counts by product restart from 0 if it has another catalogue."""
        if self._in_use is not None and used.ids != self._in_use.ids:
            self._tally()
            self._answered = np.zeros_like(self._answered)
        self._in_use = used

    def count(
        self, source: str, places: bytes, bits: bytes, scores: npt.NDArray[np.float32], first: bytes = b""
    ) -> None:
        """Count one answer: products by the band of their rank (`places` count from 0), scores by band.

        `first`: the first k products of the customer's own list, for the stability index; empty if the answer
        is from the popular list.
        """
        self.sources[source] += 1
        waiting = self._own if first is bits else self._others
        waiting.append((places, bits, scores.tobytes(), first))
        if len(waiting) >= _ANSWERS_AT_ONCE:
            self._tally()

    def _tally(self) -> None:
        """Add the waiting answers to the counts."""
        for waiting in (self._own, self._others):
            if not waiting:
                continue
            *parts, firsts = zip(*waiting, strict=True)
            waiting.clear()
            places, bits, scores = (b"".join(part) for part in parts)
            counts = _by_place(np.frombuffer(places, np.uint8), bits)
            self._answered += counts
            if waiting is self._others:
                lengths = np.fromiter(map(len, firsts), np.int64, len(firsts))
                place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
                counts = _by_place(place, b"".join(firsts))
            self._listed = self._listed + counts  # a new array, as the window holds earlier ones
            band = np.searchsorted(_SCORE_EDGES, np.frombuffer(scores, np.float32), side="right")
            self._scores += np.bincount(band, minlength=len(_SCORE_LABELS))

    def stability_index(self) -> float:
        """Difference between the requests of the last 15 minutes and the set's own lists: see `Stability.index`."""
        self._tally()
        return self._stability.index(self._listed, self.in_use)

    def collect(self) -> Iterator[Metric]:
        """Samples, made when Prometheus asks."""
        self._tally()
        answers = CounterMetricFamily("recommendations_answers", "Answers by source", labels=["source"])
        for source, count in self.sources.items():
            answers.add_metric([source], count)
        yield answers
        scores = CounterMetricFamily(
            "recommendations_scores", "Recommended products by band of their score", labels=["band"]
        )
        for label, count in zip(_SCORE_LABELS, self._scores.tolist(), strict=True):
            scores.add_metric([label], count)
        yield scores
        yield self._k_asked()
        used = self.in_use
        products = CounterMetricFamily(
            "recommendations_products",
            "Recommended products by product and band of rank",
            labels=["product", "rank_band"],
        )
        by_band = np.add.reduceat(self._answered, _BAND_STARTS, axis=0)
        for bit, item in enumerate(used.ids if used is not None else []):
            for band, count in zip(RANK_BANDS, by_band[:, bit].tolist(), strict=True):
                products.add_metric([item, band], count)
        yield products
        index = "Population stability index of products answered in 15 minutes against the set's own shares, in nats"
        yield GaugeMetricFamily("recommendations_stability_index", index, value=self.stability_index())
        if used is not None:
            yield from set_gauges.of_the_set(used, self.realised)

    def _k_asked(self) -> Metric:
        k = np.array(self.k)
        upto = [(str(float(edge)), float(k[: edge + 1].sum())) for edge in K_BUCKETS]
        total = float(k @ np.arange(len(k)))
        return HistogramMetricFamily(
            "recommendations_k",
            "k of a request: the most products to return",
            buckets=[*upto, ("+Inf", float(k.sum()))],
            sum_value=total,
        )


def _by_place(places: npt.NDArray[np.integer], bits: bytes) -> npt.NDArray[np.int64]:
    """How often each product (a byte each) is at each place: int64 [places, products]."""
    cell = places.astype(np.intp) * MOST_PRODUCTS + np.frombuffer(bits, np.uint8)
    return np.bincount(cell, minlength=MOST_PRODUCTS**2).reshape(MOST_PRODUCTS, MOST_PRODUCTS)
