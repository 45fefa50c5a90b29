"""The page of the documentation: it opens with a customer of the set in use, and each status shows its own body."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from serving.api.problems import MEDIA_TYPE
from serving.api.schemas import RecommendationResponse
from tests.services.conftest import SERVICES
from tests.services.made_banks import universal_bank
from tests.services.made_sets import write_bank

COMMITTED = json.loads((SERVICES / "openapi.json").read_text())


def asked(document: dict, name: str) -> dict:
    return dict(document["components"]["schemas"][name]["examples"][0])


def test_the_first_try_of_the_page_is_answered_personally(client: TestClient) -> None:
    page = client.get("/docs/openapi.json").json()
    assert '"docs/openapi.json"' in client.get("/docs").text or "'docs/openapi.json'" in client.get("/docs").text
    for body in (asked(page, "RecommendationRequest"), {"user_id": asked(page, "BatchRequest")["user_ids"][1]}):
        answer = client.post("/recommendations", json=body).json()
        assert answer["source"] == "personal" and answer["recommendations"], body
    assert client.get("/openapi.json").json() == COMMITTED


def test_the_document_is_the_same_whatever_bank_is_in_use(
    make_client: Callable[..., TestClient], tmp_path: Path
) -> None:
    write_bank(tmp_path / "recs", universal_bank())
    client = make_client(tmp_path / "recs", demo=True)
    assert client.get("/openapi.json").json() == COMMITTED
    page = client.get("/docs/openapi.json").json()
    assert client.post("/recommendations", json=asked(page, "RecommendationRequest")).json()["source"] == "personal"


def test_nobody_without_the_key_learns_a_customer(make_client: Callable[..., TestClient], recs: Path) -> None:
    client = make_client(recs, demo=True, api_key="0123456789abcdef")
    assert client.get("/docs/openapi.json").json() == COMMITTED


def test_the_page_takes_a_key_and_its_example_of_an_answer_is_whole() -> None:
    """With an API_KEY, "Try it out" needs a place for the key."""
    assert COMMITTED["components"]["securitySchemes"]["key"]["name"] == "X-API-Key"
    paths = COMMITTED["paths"]
    assert {"key": []} in paths["/recommendations"]["post"]["security"]
    assert "security" not in paths["/health/live"]["get"]
    answer = asked(COMMITTED, "RecommendationResponse")
    assert RecommendationResponse(**answer).returned == len(answer["recommendations"]) == answer["k"]
    assert "reason" not in answer and set(answer) >= {"as_of", "set_id", "request_id"}


def test_without_a_set_the_page_opens(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert make_client(tmp_path / "none", demo=True).get("/docs/openapi.json").json() == COMMITTED


def examples() -> dict[int, dict]:
    """The documented body of each error of POST /recommendations."""
    responses = COMMITTED["paths"]["/recommendations"]["post"]["responses"]
    errors = {int(status): of["content"] for status, of in responses.items() if int(status) >= 400}
    return {status: of[MEDIA_TYPE]["example"] for status, of in errors.items()}


def test_each_status_shows_its_own_body() -> None:
    shown = examples()
    assert set(shown) == {401, 408, 413, 422, 500, 503, 504}
    for status, body in shown.items():
        assert body["status"] == status
        assert ("errors" in body) == (status == 422)
    assert len({body["detail"] for body in shown.values()}) == len(shown)


@pytest.mark.parametrize("status", [401, 413, 422, 503])
def test_the_bodies_shown_are_those_answered(
    status: int, make_client: Callable[..., TestClient], recs: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    answers: dict[int, Callable[[], Response]] = {
        401: lambda: make_client(recs, api_key="0123456789abcdef").post("/recommendations", json={"user_id": 1}),
        413: lambda: make_client(recs).post("/recommendations", content=b" " * 70_000),
        422: lambda: make_client(recs).post("/recommendations", json={"user_id": 1, "k": 49}),
        503: lambda: make_client(tmp_path / "empty").post("/recommendations", json={"user_id": 1}),
    }
    given, shown = answers[status](), examples()[status]
    assert given.status_code == status
    body = given.json()
    assert set(body) == set(shown) and body["title"] == shown["title"]
    if status == 503:  # the service names its own folder
        assert body["detail"].startswith("no set is published")
        return
    assert {**body, "request_id": ""} == {**shown, "request_id": ""}
