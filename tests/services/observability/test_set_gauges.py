"""The gauges of the set in use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from tests.services.conftest import metric


def test_drift_against_training_is_what_the_manifest_states(client: TestClient) -> None:
    assert metric(client, "recommendations_training_drift", of="customers") == 0.12
    assert metric(client, "recommendations_training_drift", of="scores") == 0.03
    used = client.app.state.service.watcher._monitoring.served.in_use  # type: ignore[attr-defined]
    for stated in (None, {}, {"features": {}, "scores": 0.1}, {"features": {"age": "x"}, "scores": 0.1}, [1]):
        used.manifest["drift"] = stated
        text = client.get("/metrics").text
        assert "recommendations_training_drift{" not in text, stated


def test_the_realised_quality_is_read(client: TestClient, recs: Path, make_client: Callable[..., TestClient]) -> None:
    (recs / "realised.json").write_text(json.dumps({"map_at_7": 0.41, "forecast_error": 0.02, "month": "x"}))
    again = make_client(recs)
    assert metric(again, "recommendations_realised_quality", metric="map_at_7") == 0.41
    assert metric(again, "recommendations_offline_quality", metric="novelty_at_5") == 4.2


def test_a_set_of_an_earlier_version_named_its_measures_without_places(client: TestClient) -> None:
    used = client.app.state.service.watcher._monitoring.served.in_use  # type: ignore[attr-defined]
    used.manifest["metrics"] = {"map_at_7": 0.5, "coverage": 0.25, "novelty": 3.5}
    assert metric(client, "recommendations_offline_quality", metric="coverage_at_5") == 0.25
    assert metric(client, "recommendations_offline_quality", metric="novelty_at_5") == 3.5


def test_the_forecast_of_the_set_in_use_is_what_its_manifest_states(client: TestClient) -> None:
    used = client.app.state.service.watcher._monitoring.served.in_use  # type: ignore[attr-defined]
    used.manifest["expected_acquisitions"] = {"a": 1.5, "b": 2.5}
    used.manifest["expected_interval"] = {"share": 0.8, "by_product": {"a": [0, 3], "b": [1, 4]}, "together": [2, 7]}
    for of, value in (("expected", 4.0), ("low", 2.0), ("high", 7.0)):
        assert metric(client, "recommendations_expected_acquisitions", of=of) == value
    for stated in (None, {}, {"together": [1]}, {"together": ["x", 2]}, {"together": [1, 10**400]}, [1]):
        used.manifest["expected_interval"] = stated
        assert "recommendations_expected_acquisitions{" not in client.get("/metrics").text, stated


def test_the_forecast_of_an_earlier_set_stands_beside_what_was_observed(
    recs: Path, make_client: Callable[..., TestClient]
) -> None:
    results = {"forecast_expected": 30.5, "forecast_low": 23, "forecast_high": 39, "forecast_observed": 41}
    (recs / "realised.json").write_text(json.dumps(results))
    client = make_client(recs)
    for name, value in results.items():
        sample = metric(client, "recommendations_realised_acquisitions", of=name.removeprefix("forecast_"))
        assert sample == value
    (recs / "realised.json").write_text(json.dumps({"forecast_low": 23}))
    assert "recommendations_realised_acquisitions{" not in make_client(recs).get("/metrics").text
