"""Latency: the buckets of the client library, filled a thousand at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from serving.observability import latency


@given(st.lists(st.floats(0, 3) | st.sampled_from(latency.BUCKETS), max_size=2500))
def test_times_fall_into_the_buckets_of_the_client_library(times: list[float]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    tally = latency.Latency()
    ours.register(tally)
    name = "http_request_duration_seconds"
    histogram = Histogram(name, "", latency.LABELS, buckets=latency.BUCKETS, registry=theirs)
    for seconds in times:
        tally.observe("POST", "/recommendations", 200, seconds)
        histogram.labels("/recommendations", "POST", "2xx").observe(seconds)
    labels = {"handler": "/recommendations", "method": "POST", "status": "2xx"}
    for edge in (*(str(edge) for edge in latency.BUCKETS), "+Inf"):
        samples = [registry.get_sample_value(f"{name}_bucket", {**labels, "le": edge}) for registry in (ours, theirs)]
        assert samples[0] == samples[1], edge
    samples = [registry.get_sample_value(f"{name}_sum", labels) for registry in (ours, theirs)]
    assert samples[0] == (None if samples[1] is None else pytest.approx(samples[1]))


def test_buckets_resolve_a_quarter_of_a_millisecond_to_a_second() -> None:
    assert latency.BUCKETS[0] == 0.00025
    assert latency.BUCKETS[-1] == 1.0
