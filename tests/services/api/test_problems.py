"""Errors are problems that state what to do."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user_id": 1, "k": 0}, "body.k"),
        ({"user_id": 1, "k": 49}, "body.k"),
        ({"user_id": -1}, "body.user_id"),
        ({"user_id": "7"}, "body.user_id"),
        ({"user_id": 1.5}, "body.user_id"),
        ({"user_id": 2**63}, "body.user_id"),
        ({}, "body.user_id"),
        ({"user_id": 1, "segment": "VIP"}, "body.segment"),
        ({"user_id": 1, "segment": ""}, "body.segment"),
        ({"user_id": 1, "segment": "V" * 65}, "body.segment"),
        ({"user_id": 1, "segment": 1}, "body.segment"),
        ({"user_id": 1, "lang": "fr"}, "body.lang"),
        ({"user_id": 1, "lang": "e"}, "body.lang"),
        ({"user_id": 1, "lang": "e" * 17}, "body.lang"),
        ({"user_id": 1, "only": ["a"] * 49}, "body.only"),
        ({"user_id": 1, "exclude": ["a"] * 49}, "body.exclude"),
        ({"user_id": 1, "colour": "red"}, "body.colour"),
        ([1], "body"),
        (None, "body"),
    ],
)
def test_bad_input_is_a_problem_with_field_and_reason(client: TestClient, body: object, field: str) -> None:
    response = client.post("/recommendations", json=body)
    problem = response.json()
    assert response.status_code == 422, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["reason"] and problem["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "detail"),
    [
        ("GET", "/recommendations", 'use POST with a JSON body, for example {"user_id":15889,"k":5}'),
        ("PUT", "/recommendations/batch", 'use POST with a JSON body, for example {"user_ids":[15889,15890],"k":5}'),
        ("POST", "/products", "use GET"),
        ("POST", "/docs", "use GET"),
    ],
)
def test_another_method_is_answered_with_what_to_send(client: TestClient, method: str, path: str, detail: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.json()["status"]) == (405, 405)
    assert f"{method} is not answered at {path}: {detail}" == response.json()["detail"]


def test_unknown_routes_and_methods_are_problems(client: TestClient) -> None:
    for response, status in ((client.get("/nowhere"), 404), (client.get("/recommendations"), 405)):
        assert (response.status_code, response.json()["status"]) == (status, status)
    assert client.get("/recommendations").headers["allow"] == "POST"
