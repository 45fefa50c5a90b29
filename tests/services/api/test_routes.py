"""What the API answers, on a bank small enough to check by eye."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.services.made_sets import COLUMNS, Bank, small_bank, write_bank


def items(answer: dict) -> list[str]:
    return [one["item_id"] for one in answer["recommendations"]]


def test_a_known_customer(client: TestClient) -> None:
    response = client.post("/recommendations", json={"user_id": 10, "k": 3})
    answer = response.json()
    assert response.status_code == 200
    assert answer == {
        "user_id": 10, "k": 3, "returned": 3, "source": "personal", "as_of": "2016-05-28",
        "set_id": small_bank().set_id, "request_id": response.headers["x-request-id"],
        "recommendations": [
            {"item_id": COLUMNS[23], "name": "Product 23", "rank": 1, "score": 0.5},
            {"item_id": COLUMNS[22], "name": "Product 22", "rank": 2, "score": 0.25},
            {"item_id": COLUMNS[21], "name": "Product 21", "rank": 3, "score": 0.16666667},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("user_id", "source", "returned"),
    [(13, "personal", 1), (14, "none", 0), (15, "none", 0), (16, "none", 0), (999, "popular", 3)],
)
def test_sources(client: TestClient, user_id: int, source: str, returned: int) -> None:
    answer = client.post("/recommendations", json={"user_id": user_id, "k": 24}).json()
    assert (answer["source"], answer["returned"]) == (source, returned)
    assert len(answer["recommendations"]) == returned


def test_k_is_five_by_default_and_held_products_do_not_come_back(client: TestClient) -> None:
    for customer in small_bank().customers:
        answer = client.post("/recommendations", json={"user_id": customer.user_id}).json()
        assert answer["k"] == 5
        assert not {COLUMNS[bit] for bit in customer.held} & set(items(answer)), customer
    everything = client.post("/recommendations", json={"user_id": 12, "k": 24}).json()
    assert everything["returned"] == 24


def test_popular_by_segment(client: TestClient) -> None:
    answers = {
        segment: items(client.post("/recommendations", json={"user_id": 1, "segment": segment}).json())
        for segment in (None, "TOP", "PARTICULARES")
    }
    assert answers["TOP"] == [COLUMNS[13], COLUMNS[19], COLUMNS[23]]
    assert answers[None] == answers["PARTICULARES"] == [COLUMNS[23], COLUMNS[2], COLUMNS[22]]


def test_exclude_and_only_keep_the_ranks(client: TestClient) -> None:
    body = {"user_id": 10, "exclude": [COLUMNS[23], "unheard_of"], "k": 2}
    answer = client.post("/recommendations", json=body).json()
    assert [(one["item_id"], one["rank"]) for one in answer["recommendations"]] == [
        (COLUMNS[22], 2),
        (COLUMNS[21], 3),
    ]
    answer = client.post("/recommendations", json={"user_id": 10, "only": [COLUMNS[4], COLUMNS[2]]}).json()
    assert [(one["item_id"], one["rank"]) for one in answer["recommendations"]] == [(COLUMNS[4], 6)]
    assert client.post("/recommendations", json={"user_id": 10, "only": []}).json()["returned"] == 0


def test_names_and_reasons_in_both_languages(client: TestClient) -> None:
    english = client.post("/recommendations", json={"user_id": 18}).json()["recommendations"]
    spanish = client.post("/recommendations", json={"user_id": 18, "lang": "es"}).json()["recommendations"]
    assert english[0]["reasons"] == [
        {"code": "held_until:2016-02", "text": "had it until February 2016"},
        {"code": f"goes_with:{COLUMNS[4]}", "text": "often taken with Product 4"},
    ]
    assert spanish[0]["name"] == "Producto 2"
    assert spanish[0]["reasons"][0]["text"] == "lo tuvo hasta febrero de 2016"
    assert "reasons" not in english[1]


def test_scores_need_not_fall(client: TestClient) -> None:
    answer = client.post("/recommendations", json={"user_id": 17}).json()["recommendations"]
    assert [one["score"] for one in answer] == [0.1, 0.4, 0.2, 0.0]


def test_a_batch_is_the_single_answers(client: TestClient) -> None:
    ids = [15889, 10, 999, 15, 18]
    batch = client.post("/recommendations/batch", json={"user_ids": ids, "k": 4}).json()
    assert batch["set_id"] == small_bank().set_id
    for user_id, result in zip(ids, batch["results"], strict=True):
        single = client.post("/recommendations", json={"user_id": user_id, "k": 4}).json()
        assert result == {key: single[key] for key in result}
    too_many = client.post("/recommendations/batch", json={"user_ids": list(range(1001))})
    assert too_many.status_code == 422


@pytest.mark.parametrize(("route", "who"), [("", {"user_id": 10}), ("/batch", {"user_ids": [10, 999]})])
def test_an_unknown_id_in_only_is_named_and_in_exclude_matches_nothing(
    client: TestClient, route: str, who: dict[str, object]
) -> None:
    body = {**who, "only": [COLUMNS[4], "ind_recibo_ult"]}
    response = client.post(f"/recommendations{route}", json=body)
    problem = response.json()
    assert response.status_code == 422, problem
    assert [one["field"] for one in problem["errors"]] == ["body.only.1"]
    assert "'ind_recibo_ult'" in problem["detail"] and "GET /products" in problem["detail"]
    plain, harmless = (
        client.post(f"/recommendations{route}", json={**who, "exclude": exclude}).json()
        for exclude in ([], ["ind_recibo_ult"])
    )
    plain.pop("request_id", None), harmless.pop("request_id", None)
    assert plain == harmless


def test_products_set_and_health(client: TestClient) -> None:
    products = client.get("/products").json()
    assert len(products) == 24
    assert products[23] == {
        "item_id": COLUMNS[23], "names": {"en": "Product 23", "es": "Producto 23"}, "group": "accounts"
    }  # fmt: skip
    assert client.get("/set").json()["counts"]["customers"] == 12
    assert client.get("/health/live").json() == client.get("/health/ready").json() == {"status": "ok"}


def test_without_a_set_it_lives_and_is_not_ready(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    client = make_client(tmp_path / "nothing")
    assert client.get("/health/live").status_code == 200
    for response in (
        client.get("/health/ready"),
        client.post("/recommendations", json={"user_id": 1}),
        client.get("/products"),
        client.get("/set"),
    ):
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
        assert response.json()["title"] == "Service Unavailable"


def test_an_empty_set_answers_what_is_popular(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    write_bank(tmp_path, Bank([]))
    client = make_client(tmp_path, demo=True)
    assert client.post("/recommendations", json={"user_id": 1}).json()["source"] == "popular"
    assert client.post("/console/customer", json={}).status_code == 404


def test_large_customer_numbers_are_exact(client: TestClient) -> None:
    text = client.post("/recommendations", json={"user_id": 10**18}).text
    assert json.loads(text)["user_id"] == 10**18
    assert client.post("/recommendations", json={"user_id": 2**40}).json()["source"] == "personal"


def test_a_slash_at_the_end_is_not_redirected(client: TestClient) -> None:
    """The address of a redirect is that of the service behind a proxy: a client would send its key there."""
    response = client.post("/recommendations/", json={"user_id": 10}, follow_redirects=False)
    assert response.status_code == 404 and "/openapi.json" in response.json()["detail"]


def test_health_is_answered_to_head(client: TestClient) -> None:
    assert [client.head(f"/health/{name}").status_code for name in ("live", "ready")] == [200, 200]


def test_fields_in_the_query_of_a_request_with_a_body_are_refused(client: TestClient) -> None:
    refused = client.post("/recommendations?k=1", json={"user_id": 10, "k": 3})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "query.k")
    assert client.post("/recommendations?trace=1", json={"user_id": 10}).status_code == 200, "not a field of ours"


def test_a_wrong_field_says_what_is_right(client: TestClient) -> None:
    text = client.post("/recommendations", json={"user_id": "10"}).json()["errors"][0]["reason"]
    assert text == "must be a whole number, without quotes"
    names = client.post("/recommendations", json={"user_id": 10, "K": 2}).json()["errors"][0]["reason"]
    assert names.startswith("there is no such field; the fields are ") and "user_id" in names
