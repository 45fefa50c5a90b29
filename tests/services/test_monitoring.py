"""Metrics: the list of names is true, labels are bounded, counts are right."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from serving.observability import latency, served, set_gauges, stability
from serving.observability.monitoring import METRICS, REFUSALS, REJECTED
from serving.observability.served import RANK_BANDS, SOURCES
from serving.observability.stability import psi
from tests.services.made_sets import COLUMNS

OF_THE_CLIENT = ("python_", "process_")


def families(client: TestClient) -> dict:
    return {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}


def value(client: TestClient, name: str, **labels: str) -> float:
    found = client.app.state.service.registry.get_sample_value(name, labels)  # type: ignore[attr-defined]
    assert found is not None, (name, labels)
    return float(found)


def traffic(client: TestClient) -> None:
    for body in ({"user_id": 10}, {"user_id": 12, "k": 24}, {"user_id": 999}, {"user_id": 15}, {"user_id": -1}):
        client.post("/recommendations", json=body)
    client.get("/nowhere/17")
    client.request("PURGE", "/products")


def test_the_list_of_metrics_is_what_is_exposed(client: TestClient, recs: Path) -> None:
    (recs / "realised.json").write_text(json.dumps({"month": "2016-06-28", "map_at_7": 0.4, "hit_rate": 0.6}))
    client.portal.call(client.app.state.service.watcher._look)  # type: ignore[union-attr,attr-defined]
    traffic(client)
    exposed = {}
    for name, family in families(client).items():
        if name.startswith(OF_THE_CLIENT):
            continue
        labels = {key for sample in family.samples for key in sample.labels} - {"le"}
        exposed[name + ("_total" if family.type == "counter" else "")] = (family.type, tuple(sorted(labels)))
    assert exposed == {name: (kind, tuple(sorted(labels))) for name, (kind, labels) in METRICS.items()}


def test_labels_are_bounded_and_hold_no_customer(client: TestClient) -> None:
    traffic(client)
    allowed = {
        "source": set(SOURCES), "product": set(COLUMNS), "rank_band": set(RANK_BANDS),
        "reason": {*REFUSALS, *REJECTED}, "result": {"loaded", "refused"}, "version": {"0.1.0"},
        "method": {"GET", "POST", "other"}, "status": {"2xx", "4xx", "5xx"},
        "handler": {"/recommendations", "/products", "none"},
        "band": set(served._SCORE_LABELS), "metric": {m for ms in set_gauges.QUALITY.values() for m in ms},
        "of": set(set_gauges.DRIFT_OF),
    }  # fmt: skip
    for name, family in families(client).items():
        for sample in family.samples if not name.startswith(OF_THE_CLIENT) else ():
            for label, text in sample.labels.items():
                assert label == "le" or text in allowed[label], (name, label, text)


def test_counts(client: TestClient) -> None:
    traffic(client)
    assert [value(client, "recommendations_answers_total", source=source) for source in SOURCES] == [2, 1, 1]
    assert value(client, "recommendations_k_count") == 4
    assert value(client, "recommendations_k_sum") == 5 + 24 + 5 + 5
    assert value(client, "recommendations_k_bucket", le="5.0") == 3
    # first of customer 10, first of customer 12, first of what is popular
    assert value(client, "recommendations_products_total", product=COLUMNS[23], rank_band="1") == 3
    total = sum(
        value(client, "recommendations_products_total", product=item, rank_band=band)
        for item in COLUMNS
        for band in RANK_BANDS
    )
    bands = sum(value(client, "recommendations_scores_total", band=band) for band in served._SCORE_LABELS)
    assert total == bands == 5 + 24 + 3
    assert value(client, "recommendations_set_customers") == 12
    assert value(client, "recommendations_set_as_of_timestamp_seconds") == 1464393600
    labels = {"handler": "/recommendations", "method": "POST"}
    assert value(client, "http_request_duration_seconds_count", status="2xx", **labels) == 4
    assert value(client, "http_request_duration_seconds_count", status="4xx", **labels) == 1


def test_products_left_out_do_not_move_the_rank_band(client: TestClient) -> None:
    client.post("/recommendations", json={"user_id": 12, "exclude": [COLUMNS[23]], "k": 1})
    assert value(client, "recommendations_products_total", product=COLUMNS[22], rank_band="2-3") == 1


def test_what_is_tallied_in_batches_is_what_was_answered(client: TestClient) -> None:
    counts = client.app.state.service.watcher._monitoring.served  # type: ignore[attr-defined]
    scores = np.array([0.5, 0.001, 0.0], np.float32)
    answers = 2 * served._ANSWERS_AT_ONCE + 17
    for _ in range(answers):
        counts.count("personal", bytes([0, 3, 9]), bytes([5, 6, 7]), scores)
    for bit, band in ((5, "1"), (6, "4-7"), (7, "8-24")):
        assert value(client, "recommendations_products_total", product=COLUMNS[bit], rank_band=band) == answers
    for band in (">=0.3", "0.001-0.003", "<0.001"):
        assert value(client, "recommendations_scores_total", band=band) == answers, band


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
        told = [registry.get_sample_value(f"{name}_bucket", {**labels, "le": edge}) for registry in (ours, theirs)]
        assert told[0] == told[1], edge
    told = [registry.get_sample_value(f"{name}_sum", labels) for registry in (ours, theirs)]
    assert told[0] == (None if told[1] is None else pytest.approx(told[1]))


def test_buckets_resolve_a_quarter_of_a_millisecond_to_a_second() -> None:
    assert latency.BUCKETS[0] == 0.00025
    assert latency.BUCKETS[-1] == 1.0


def test_the_stability_index_by_hand() -> None:
    seen, expected = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    by_hand = 0.25 * math.log(2) - 0.25 * math.log(2 / 3)
    assert psi(seen, expected) == pytest.approx(by_hand)
    assert psi(expected, expected) == 0
    assert math.isfinite(psi(np.array([1.0, 0.0]), expected))


def test_old_sets_and_few_answers_have_no_stability_index(client: TestClient, recs: Path) -> None:
    counts = client.app.state.service.watcher._monitoring.served  # type: ignore[attr-defined]
    for answers in (stability.LEAST_IN_WINDOW - 1, stability.LEAST_IN_WINDOW):
        assert math.isnan(counts.stability_index()), answers
        for _ in range(answers):
            counts.count("popular", bytes([0]), bytes([3]), np.full(1, 0.1, np.float32))
    for _ in range(stability.LEAST_IN_WINDOW):
        counts.count("personal", bytes([0]), bytes([3]), np.full(1, 0.1, np.float32), bytes([3]))
    assert counts.stability_index() > 1, "one product alone is far from the set's own distribution"
    for told in ({}, {"product_at_rank_1": {}, "product_in_top_5": {}}, {"product_by_rank": {"other": [1.0]}}, []):
        counts.in_use.manifest["distributions"] = told
        del counts.in_use.__dict__["shares_by_place"]
        assert math.isnan(counts.stability_index()), told


def test_drift_against_training_is_what_the_manifest_states(client: TestClient) -> None:
    assert value(client, "recommendations_training_drift", of="customers") == 0.12
    assert value(client, "recommendations_training_drift", of="scores") == 0.03
    used = client.app.state.service.watcher._monitoring.served.in_use  # type: ignore[attr-defined]
    for told in (None, {}, {"features": {}, "scores": 0.1}, {"features": {"age": "x"}, "scores": 0.1}, [1]):
        used.manifest["drift"] = told
        text = client.get("/metrics").text
        assert "recommendations_training_drift{" not in text, told


def test_the_realised_quality_is_read(client: TestClient, recs: Path, make_client: Callable[..., TestClient]) -> None:
    (recs / "realised.json").write_text(json.dumps({"map_at_7": 0.41, "forecast_error": 0.02, "month": "x"}))
    again = make_client(recs)
    assert value(again, "recommendations_realised_quality", metric="map_at_7") == 0.41
    assert value(again, "recommendations_offline_quality", metric="novelty") == 4.2
