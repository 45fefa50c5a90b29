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
_BAND_OF_PLACE = np.array([0, 1, 1, *[2] * 4, *[3] * (MOST_PRODUCTS - 7)])
_ANSWERS_AT_ONCE = 1_000
_SCORE_EDGES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
_SCORE_LABELS = ("<0.001", "0.001-0.003", "0.003-0.01", "0.01-0.03", "0.03-0.1", "0.1-0.3", ">=0.3")
K_BUCKETS = (1, 3, 5, 7, 10, 24)
SOURCES = ("personal", "popular", "none")
WINDOW_SECONDS, SLICE_SECONDS = 900, 60
LEAST_IN_WINDOW = 1_000  # recommendations; below it the stability index says nothing

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
    "recommendations_build_info": ("gauge", ("version",)),
}
REJECTED = ("overload", "timeout", "body_limit", "unauthorised", "error")
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
        self._products = np.zeros((MOST_PRODUCTS, len(RANK_BANDS)), np.int64)
        self._scores = np.zeros(len(_SCORE_LABELS), np.int64)
        self._waiting: list[tuple[bytes, bytes, bytes]] = []
        self.k = [0] * (MOST_PRODUCTS + 1)
        self.in_use: Any = None
        self.realised: dict[str, Any] = {}
        self._window: deque[tuple[float, npt.NDArray[np.int64]]] = deque()

    def count(self, source: str, places: bytes, bits: bytes, scores: npt.NDArray[np.float32]) -> None:
        """Count one answer: products by the band of their rank (`places` count from 0), scores by band."""
        self.sources[source] += 1
        waiting = self._waiting
        waiting.append((places, bits, scores.tobytes()))
        if len(waiting) >= _ANSWERS_AT_ONCE:
            self._tally()

    def _tally(self) -> None:
        """Add what waits to the counts."""
        if not self._waiting:
            return
        places, bits, scores = (b"".join(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting.clear()
        place = np.frombuffer(bits, np.uint8) * len(RANK_BANDS) + _BAND_OF_PLACE[np.frombuffer(places, np.uint8)]
        self._products += np.bincount(place, minlength=self._products.size).reshape(self._products.shape)
        band = np.searchsorted(_SCORE_EDGES, np.frombuffer(scores, np.float32), side="right")
        self._scores += np.bincount(band, minlength=len(_SCORE_LABELS))

    def stability_index(self) -> float:
        """Population stability index of the products answered at ranks 1 to 7 in the last 15 minutes.

        Sum over products of (p - q) ln(p / q), p the share answered, q the share in the set's own first
        five places; shares below 1/10,000 count as that. NaN below 1,000 recommendations.
        """
        expected = self.in_use.expected_shares if self.in_use is not None else None
        self._tally()
        now, counts = time.monotonic(), self._products[:, :3].sum(axis=1)
        if not self._window or now - self._window[-1][0] >= SLICE_SECONDS:
            self._window.append((now, counts))
        while len(self._window) > 1 and now - self._window[1][0] >= WINDOW_SECONDS:
            self._window.popleft()
        if expected is None:
            return float("nan")
        start = self._window[0][1] if len(self._window) > 1 else np.zeros_like(counts)
        seen = (counts - start)[: len(expected)]
        if seen.sum() < LEAST_IN_WINDOW:
            return float("nan")
        return psi(seen / seen.sum(), expected)

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
        for bit, item in enumerate(used.ids if used is not None else []):
            for band, count in zip(RANK_BANDS, self._products[bit].tolist(), strict=True):
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


def psi(seen: npt.NDArray[np.float64], expected: npt.NDArray[np.float64], least: float = 1e-4) -> float:
    """Population stability index of two distributions over the same classes, in nats."""
    p, q = np.maximum(seen, least), np.maximum(expected, least)
    return float(((p - q) * np.log(p / q)).sum())


def _timestamp(text: str) -> float:
    moment = np.datetime64(text.removesuffix("Z"))
    return float(moment.astype("datetime64[s]").astype(np.int64))
