"""What Prometheus sees of the set in use."""

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
    for told in (None, {}, {"features": {}, "scores": 0.1}, {"features": {"age": "x"}, "scores": 0.1}, [1]):
        used.manifest["drift"] = told
        text = client.get("/metrics").text
        assert "recommendations_training_drift{" not in text, told


def test_the_realised_quality_is_read(client: TestClient, recs: Path, make_client: Callable[..., TestClient]) -> None:
    (recs / "realised.json").write_text(json.dumps({"map_at_7": 0.41, "forecast_error": 0.02, "month": "x"}))
    again = make_client(recs)
    assert metric(again, "recommendations_realised_quality", metric="map_at_7") == 0.41
    assert metric(again, "recommendations_offline_quality", metric="novelty") == 4.2
