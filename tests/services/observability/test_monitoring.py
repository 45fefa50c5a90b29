"""Metrics: the list of names is complete, and each label has a limited number of values."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from serving.observability import served, set_gauges
from serving.observability.monitoring import METRICS, REFUSALS, REJECTED
from serving.observability.served import RANK_BANDS, SOURCES
from tests.services.conftest import traffic
from tests.services.made_sets import COLUMNS

OF_THE_CLIENT = ("python_", "process_")


def families(client: TestClient) -> dict:
    return {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}


def test_the_list_of_metrics_is_what_is_exposed(client: TestClient, recs: Path) -> None:
    forecast = {"forecast_expected": 5.5, "forecast_low": 3, "forecast_high": 8, "forecast_observed": 4}
    results = {"month": "2016-06-28", "map_at_7": 0.4, "hit_rate": 0.6, **forecast}
    (recs / "realised.json").write_text(json.dumps(results))
    client.portal.call(client.app.state.service.watcher.loop.now)  # type: ignore[union-attr,attr-defined]
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
        "reason": {*REFUSALS, *REJECTED}, "result": {"loaded", "refused"}, "version": {"1.0.0"},
        "method": {"GET", "POST", "other"}, "status": {"2xx", "4xx", "5xx"},
        "handler": {"/recommendations", "/products", "none"},
        "band": set(served._SCORE_LABELS), "metric": {m for ms in set_gauges.QUALITY.values() for m in ms},
        "of": {*set_gauges.DRIFT_OF, *set_gauges.FORECAST}, "bank": {"santander"},
    }  # fmt: skip
    for name, family in families(client).items():
        for sample in family.samples if not name.startswith(OF_THE_CLIENT) else ():
            for label, text in sample.labels.items():
                assert label == "le" or text in allowed[label], (name, label, text)
