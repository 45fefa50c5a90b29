"""All metrics of the service. Names, types and labels are described in Monitoring.md; no label is unbounded."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from serving.observability import latency
from serving.observability.latency import Latency
from serving.observability.served import Served

METRICS = {  # name in /metrics: type and labels
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
    "recommendations_consent_file_bad": ("gauge", ()),
    "recommendations_no_consent_total": ("counter", ()),
    "recommendations_set_loads_total": ("counter", ("result",)),
    "recommendations_set_refusals_total": ("counter", ("reason",)),
    "recommendations_set_load_seconds": ("histogram", ()),
    "recommendations_set_info": ("gauge", ("bank",)),
    "recommendations_set_customers": ("gauge", ()),
    "recommendations_set_products": ("gauge", ()),
    "recommendations_set_recommendations": ("gauge", ()),
    "recommendations_set_as_of_timestamp_seconds": ("gauge", ()),
    "recommendations_set_created_timestamp_seconds": ("gauge", ()),
    "recommendations_offline_quality": ("gauge", ("metric",)),
    "recommendations_realised_quality": ("gauge", ("metric",)),
    "recommendations_training_drift": ("gauge", ("of",)),
    "recommendations_expected_acquisitions": ("gauge", ("of",)),
    "recommendations_realised_acquisitions": ("gauge", ("of",)),
    "recommendations_build_info": ("gauge", ("version",)),
}
REJECTED = ("overload", "timeout", "slow_body", "disconnect", "body_limit", "unauthorised", "error")
REFUSALS = ("manifest", "file", "checksum", "type", "count", "order", "ranks", "held", "other")


class Monitoring:
    """All of the service's own metrics, in one registry."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.loads = Counter(
            "recommendations_set_loads", "Sets loaded or refused, by result", ["result"], registry=registry
        )
        self.refusals = Counter(
            "recommendations_set_refusals", "Sets refused, by reason", ["reason"], registry=registry
        )
        self.load_seconds = Histogram(
            "recommendations_set_load_seconds",
            "Time to load and verify a set",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        )
        self.refused = Gauge("recommendations_set_refused", "1 while the current set is refused", registry=registry)
        self.current_lost = Gauge(
            "recommendations_current_lost",
            "1 while `current` is missing, points to no folder or hangs when it is read",
            registry=registry,
        )
        self.consent_bad = Gauge(
            "recommendations_consent_file_bad",
            "1 while consent is required and its file is missing, can't be used or hangs when it is read",
            registry=registry,
        )
        self.no_consent = Counter(
            "recommendations_no_consent", "Empty answers for customers without consent", registry=registry
        )
        self.ready = Gauge("recommendations_ready", "1 while a set is loaded", registry=registry)
        self.rejected = Counter(
            "recommendations_rejected",
            "Requests rejected before the route or given up, by reason",
            ["reason"],
            registry=registry,
        )
        self.in_progress = Gauge(
            "http_requests_inprogress", "Requests received and not answered yet", registry=registry
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
