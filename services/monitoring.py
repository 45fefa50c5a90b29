"""What Prometheus sees. Names, types and labels are described in Monitoring.md; no label is unbounded.

What is answered is noted as it goes out, tallied a thousand answers at a time, and turned into samples when
Prometheus asks: counting one by one, between requests and so with cold caches, costs several times as much.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

import latency
from latency import Latency
from recommendations import MOST_PRODUCTS

RANK_BANDS = ("1", "2-3", "4-7", "8-24")
_BAND_STARTS = (0, 1, 3, 7)  # places, from 0
_ANSWERS_AT_ONCE = 1_000
_SCORE_EDGES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
_SCORE_LABELS = ("<0.001", "0.001-0.003", "0.003-0.01", "0.01-0.03", "0.03-0.1", "0.1-0.3", ">=0.3")
K_BUCKETS = (1, 3, 5, 7, 10, 24)
SOURCES = ("personal", "popular", "none")
WINDOW_SECONDS, SLICE_SECONDS = 900, 60
# Answers from customers' own lists below which the stability index says nothing. Without drift it is about
# (products - 1) / answers by chance alone, with k = 1 as with k = 24: 0.023 here.
LEAST_IN_WINDOW = 1_000
# A tenth of one answer in a thousand: a rare product that is there or missing by chance weighs 0.002 at most, and one
# that takes the places of a common product still multiplies its share, at k = 24 as well.
LEAST_SHARE = 1e-4

METRICS = {  # name on /metrics: type and labels
    "http_request_duration_seconds": ("histogram", latency.LABELS),
    "http_requests_inprogress": ("gauge", ()),
    "recommendations_answers_total": ("counter", ("source",)),
    "recommendations_products_total": ("counter", ("product", "rank_band")),
    "recommendations_scores_total": ("counter", ("band",)),
    "recommendations_k": ("histogram", ()),
    "recommendations_stability_index": ("gauge", ()),
    "recommendations_rejected_total": ("counter", ("reason",)),
    "recommendations_ready": ("gauge", ()),
    "recommendations_set_refused": ("gauge", ()),
    "recommendations_current_lost": ("gauge", ()),
    "recommendations_set_loads_total": ("counter", ("result",)),
    "recommendations_set_refusals_total": ("counter", ("reason",)),
    "recommendations_set_load_seconds": ("histogram", ()),
    "recommendations_set_customers": ("gauge", ()),
    "recommendations_set_products": ("gauge", ()),
    "recommendations_set_recommendations": ("gauge", ()),
    "recommendations_set_as_of_timestamp_seconds": ("gauge", ()),
    "recommendations_set_created_timestamp_seconds": ("gauge", ()),
    "recommendations_offline_quality": ("gauge", ("metric",)),
    "recommendations_realised_quality": ("gauge", ("metric",)),
    "recommendations_training_drift": ("gauge", ("of",)),
    "recommendations_build_info": ("gauge", ("version",)),
}
REJECTED = ("overload", "timeout", "body_limit", "unauthorised", "error")
DRIFT_OF = ("customers", "scores")
REFUSALS = ("manifest", "file", "checksum", "type", "count", "order", "ranks", "held", "other")


class Monitoring:
    """All of the service's own metrics, in one registry."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.loads = Counter("recommendations_set_loads", "Sets loaded or refused", ["result"], registry=registry)
        self.refusals = Counter(
            "recommendations_set_refusals", "Sets refused, by what is wrong", ["reason"], registry=registry
        )
        self.load_seconds = Histogram(
            "recommendations_set_load_seconds",
            "Time to load and verify a set",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        )
        self.refused = Gauge("recommendations_set_refused", "1 while the current set is refused", registry=registry)
        self.current_lost = Gauge(
            "recommendations_current_lost", "1 while `current` is missing or points nowhere", registry=registry
        )
        self.ready = Gauge("recommendations_ready", "1 while a set is loaded", registry=registry)
        self.rejected = Counter(
            "recommendations_rejected", "Requests turned away before the route", ["reason"], registry=registry
        )
        self.in_progress = Gauge(
            "http_requests_inprogress", "Requests that came and are not answered yet", registry=registry
        )
        build = Gauge("recommendations_build_info", "Version of the service", ["version"], registry=registry)
        build.labels(version).set(1)
        for result in ("loaded", "refused"):
            self.loads.labels(result)
        for reason in REFUSALS:
            self.refusals.labels(reason)
        for reason in REJECTED:
            self.rejected.labels(reason)
        self.latency = Latency()
        registry.register(self.latency)
        self.served = Served()
        registry.register(self.served)

    def refuse(self, reason: str) -> None:
        """Count a set that was refused."""
        self.refused.set(1)
        self.loads.labels("refused").inc()
        self.refusals.labels(reason if reason in REFUSALS else "other").inc()


class Served(Collector):
    """Counts of what was answered, and gauges of the set in use."""

    def __init__(self) -> None:
        self.sources = dict.fromkeys(SOURCES, 0)
        # By place and product: what was answered, and what stood among the first k of customers' own lists.
        self._answered, self._listed = np.zeros((2, MOST_PRODUCTS, MOST_PRODUCTS), np.int64)
        self._scores = np.zeros(len(_SCORE_LABELS), np.int64)
        # Nearly all answers are the first k of the customer's own list, and are counted once for both.
        self._own: list[tuple[bytes, bytes, bytes, bytes]] = []
        self._others: list[tuple[bytes, bytes, bytes, bytes]] = []
        self.k = [0] * (MOST_PRODUCTS + 1)
        self.in_use: Any = None
        self.realised: dict[str, Any] = {}
        self._window = deque([(time.monotonic(), self._listed)])
        self._window_of: str | None = None

    def count(
        self, source: str, places: bytes, bits: bytes, scores: npt.NDArray[np.float32], first: bytes = b""
    ) -> None:
        """Count one answer: products by the band of their rank (`places` count from 0), scores by band.

        `first`: the first k products of the customer's own list, for the stability index; empty where what is
        popular was answered.
        """
        self.sources[source] += 1
        waiting = self._own if first is bits else self._others
        waiting.append((places, bits, scores.tobytes(), first))
        if len(waiting) >= _ANSWERS_AT_ONCE:
            self._tally()

    def _tally(self) -> None:
        """Add what waits to the counts."""
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
            self._listed = self._listed + counts  # a new array: the window holds earlier ones
            band = np.searchsorted(_SCORE_EDGES, np.frombuffer(scores, np.float32), side="right")
            self._scores += np.bincount(band, minlength=len(_SCORE_LABELS))

    def stability_index(self) -> float:
        """Population stability index of the products that were asked for in the last 15 minutes.

        Sum over products of (p - q) ln(p / q), shares below `LEAST_SHARE` counting as that. p: shares in the first k
        places of the lists of the customers asked for, also of products that `exclude` or `only` left out of the
        answer: what a client does not want is no drift. q: what the set's own shares at the same places, each as
        often as it was asked for, come to. What is popular is answered from another list and does not count. NaN
        below `LEAST_IN_WINDOW` answers, and for a set that does not state its shares by place.
        """
        self._tally()
        now, used = time.monotonic(), self.in_use
        if used is not None and used.set_id != self._window_of:
            if self._window_of is not None:  # what another set answered is not to be compared with this one
                self._window = deque([(now, self._listed)])
            self._window_of = used.set_id
        if now - self._window[-1][0] >= SLICE_SECONDS:
            self._window.append((now, self._listed))
        while len(self._window) > 1 and now - self._window[1][0] >= WINDOW_SECONDS:
            self._window.popleft()
        shares = used.shares_by_place if used is not None else None
        if shares is None:
            return float("nan")
        seen = (self._listed - self._window[0][1])[: shares.shape[0], : shares.shape[1]]
        asked = seen.sum(axis=1)
        if asked[0] < LEAST_IN_WINDOW:
            return float("nan")
        expected = asked @ shares
        if not expected.sum() > 0:
            return float("nan")
        return psi(seen.sum(axis=0) / seen.sum(), expected / expected.sum())

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
            "recommendations_products", "Recommended products by rank band", labels=["product", "rank_band"]
        )
        by_band = np.add.reduceat(self._answered, _BAND_STARTS, axis=0)
        for bit, item in enumerate(used.ids if used is not None else []):
            for band, count in zip(RANK_BANDS, by_band[:, bit].tolist(), strict=True):
                products.add_metric([item, band], count)
        yield products
        index = "Stability index of what is answered against the set, 15 minutes"
        yield GaugeMetricFamily("recommendations_stability_index", index, value=self.stability_index())
        if used is not None:
            yield from self._of_the_set(used)

    def _k_asked(self) -> Metric:
        k = np.array(self.k)
        upto = [(str(float(edge)), float(k[: edge + 1].sum())) for edge in K_BUCKETS]
        total = float(k @ np.arange(len(k)))
        return HistogramMetricFamily(
            "recommendations_k",
            "Products asked for in a request",
            buckets=[*upto, ("+Inf", float(k.sum()))],
            sum_value=total,
        )

    def _of_the_set(self, used: Any) -> Iterator[Metric]:
        for name, text, value in (
            ("customers", "Customers in the set in use", len(used)),
            ("products", "Products in the set in use", len(used.ids)),
            ("recommendations", "Recommendations in the set in use", len(used.items)),
            ("as_of_timestamp_seconds", "As-of month of the set in use", _timestamp(used.manifest["as_of"])),
            (
                "created_timestamp_seconds",
                "When the set in use was made",
                _timestamp(used.manifest["created_at"]),
            ),
        ):
            yield GaugeMetricFamily(f"recommendations_set_{name}", text, value=value)
        for kind, told in (("offline", used.manifest["metrics"]), ("realised", self.realised)):
            text = f"{kind.capitalize()} quality of the set's model"
            quality = GaugeMetricFamily(f"recommendations_{kind}_quality", text, labels=["metric"])
            for name in QUALITY[kind]:
                if isinstance(told.get(name), int | float):
                    quality.add_metric([name], float(told[name]))
            yield quality
        text = (
            "Stability index of the set's month against the training months: the largest of customers' states, scores"
        )
        drift = GaugeMetricFamily("recommendations_training_drift", text, labels=["of"])
        for of, index in _drift(used.manifest).items():
            drift.add_metric([of], index)
        yield drift


QUALITY = {
    "offline": (
        "map_at_7",
        "map_at_7_maximum",
        "map_at_7_popularity",
        "coverage",
        "novelty",
        "calibration_error",
    ),
    "realised": ("map_at_7", "map_at_7_maximum", "map_at_7_popularity", "hit_rate", "forecast_error"),
}


def _drift(manifest: dict[str, Any]) -> dict[str, float]:
    """Drift that a manifest states, by `DRIFT_OF`: nothing where it states none."""
    try:
        told = manifest["drift"]
        return {"customers": float(max(told["features"].values())), "scores": float(told["scores"])}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _by_place(places: npt.NDArray[np.integer], bits: bytes) -> npt.NDArray[np.int64]:
    """How often each product (a byte each) stands at each place: int64 [places, products]."""
    cell = places.astype(np.intp) * MOST_PRODUCTS + np.frombuffer(bits, np.uint8)
    return np.bincount(cell, minlength=MOST_PRODUCTS**2).reshape(MOST_PRODUCTS, MOST_PRODUCTS)


def psi(seen: npt.NDArray[np.float64], expected: npt.NDArray[np.float64], least: float = LEAST_SHARE) -> float:
    """Population stability index of two distributions over the same classes, in nats."""
    p, q = np.maximum(seen, least), np.maximum(expected, least)
    return float(((p - q) * np.log(p / q)).sum())


def _timestamp(text: str) -> float:
    moment = np.datetime64(text.removesuffix("Z"))
    return float(moment.astype("datetime64[s]").astype(np.int64))
