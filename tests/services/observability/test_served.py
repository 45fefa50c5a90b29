"""Counts of answers are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient

from serving.observability import served
from serving.observability.served import RANK_BANDS, SOURCES
from tests.services.conftest import look, metric, traffic
from tests.services.made_banks import UNIVERSAL, universal_bank
from tests.services.made_sets import COLUMNS, small_bank, write_bank


def test_counts(client: TestClient) -> None:
    traffic(client)
    assert [metric(client, "recommendations_answers_total", source=source) for source in SOURCES] == [2, 1, 1]
    assert metric(client, "recommendations_k_count") == 4
    assert metric(client, "recommendations_k_sum") == 5 + 24 + 5 + 5
    assert metric(client, "recommendations_k_bucket", le="5.0") == 3
    # first of customer 10, first of customer 12, first of what is popular
    assert metric(client, "recommendations_products_total", product=COLUMNS[23], rank_band="1") == 3
    total = sum(
        metric(client, "recommendations_products_total", product=item, rank_band=band)
        for item in COLUMNS
        for band in RANK_BANDS
    )
    bands = sum(metric(client, "recommendations_scores_total", band=band) for band in served._SCORE_LABELS)
    assert total == bands == 5 + 24 + 3
    assert metric(client, "recommendations_set_customers") == 12
    assert metric(client, "recommendations_set_as_of_timestamp_seconds") == 1464393600
    labels = {"handler": "/recommendations", "method": "POST"}
    assert metric(client, "http_request_duration_seconds_count", status="2xx", **labels) == 4
    assert metric(client, "http_request_duration_seconds_count", status="4xx", **labels) == 1


def test_products_left_out_do_not_move_the_rank_band(client: TestClient) -> None:
    client.post("/recommendations", json={"user_id": 12, "exclude": [COLUMNS[23]], "k": 1})
    assert metric(client, "recommendations_products_total", product=COLUMNS[22], rank_band="2-3") == 1


def test_what_is_tallied_in_batches_is_what_was_answered(client: TestClient) -> None:
    counts = client.app.state.service.watcher._monitoring.served  # type: ignore[attr-defined]
    scores = np.array([0.5, 0.001, 0.0], np.float32)
    answers = 2 * served._ANSWERS_AT_ONCE + 17
    for _ in range(answers):
        counts.count("personal", bytes([0, 3, 9]), bytes([5, 6, 7]), scores)
    for bit, band in ((5, "1"), (6, "4-7"), (7, "8+")):
        assert metric(client, "recommendations_products_total", product=COLUMNS[bit], rank_band=band) == answers
    for band in (">=0.3", "0.001-0.003", "<0.001"):
        assert metric(client, "recommendations_scores_total", band=band) == answers, band


def test_products_of_another_bank_begin_at_nothing(client: TestClient, recs: Path) -> None:
    client.post("/recommendations", json={"user_id": 12, "k": 1})
    write_bank(recs, small_bank(set_id="next"))
    look(client)
    first = {"product": COLUMNS[23], "rank_band": "1"}
    assert metric(client, "recommendations_products_total", **first) == 1, "the same catalogue: counted on"
    client.post("/recommendations", json={"user_id": 12, "k": 1})
    write_bank(recs, universal_bank())
    look(client)
    client.post("/recommendations", json={"user_id": 11, "k": 48})
    name = "recommendations_products_total"
    by_band = {
        item: [metric(client, name, product=item, rank_band=band) for band in RANK_BANDS] for item in UNIVERSAL.items
    }
    assert by_band["u23"] == by_band["u47"] == [0, 0, 0, 1] and by_band["u00"] == [1, 0, 0, 0]
    assert "ind_recibo_ult1" not in client.get("/metrics").text
    assert metric(client, "recommendations_k_bucket", le="24.0") == 2
    assert metric(client, "recommendations_k_bucket", le="48.0") == 3
    assert metric(client, "recommendations_answers_total", source="personal") == 3
