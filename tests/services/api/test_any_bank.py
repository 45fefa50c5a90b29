"""Sets of other banks than that of format 1: answers, refusals, and one set after another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.services.conftest import SERVICES, look, metric
from tests.services.made_banks import CREDIT_UNION, UNIVERSAL, credit_union, universal_bank
from tests.services.made_sets import FORMAT_1, Bank, small_bank, switch, write_bank

Make = Callable[..., TestClient]
BANKS: dict[str, Callable[..., Bank]] = {"credit union": credit_union, "universal": universal_bank}


@pytest.fixture
def of(make_client: Make, tmp_path: Path) -> Callable[[Bank], TestClient]:
    """A client of the service over one bank's set."""

    def make(bank: Bank) -> TestClient:
        write_bank(tmp_path / bank.set_id, bank)
        return make_client(tmp_path / bank.set_id, demo=True)

    return make


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/recommendations", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_nine_products_one_language_no_segments(of: Callable[[Bank], TestClient]) -> None:
    client = of(credit_union())
    answer = ask(client, user_id=10, k=48)
    assert (answer["k"], answer["returned"]) == (48, 8)
    assert [one["item_id"] for one in answer["recommendations"]] == [f"cu_{bit}" for bit in range(8, 0, -1)]
    assert answer["recommendations"][0]["name"] == "Product 8"
    texts = [reason["text"] for reason in answer["recommendations"][0]["reasons"]]
    assert texts == ["had it until February 2016", "often taken with Product 0"]
    assert [one["item_id"] for one in ask(client, user_id=999)["recommendations"]] == ["cu_4", "cu_0"]
    assert ask(client, user_id=999, segment=None, lang=None)["returned"] == 2
    assert ask(client, user_id=12)["source"] == "none"
    assert held(client, 12) == [f"cu_{bit}" for bit in range(9)]
    products = client.get("/products").json()
    assert products[8] == {"item_id": "cu_8", "names": {"en": "Product 8"}, "group": "accounts"}
    assert client.get("/set").json()["bank"]["segments"] == []


def test_forty_eight_products_three_languages(of: Callable[[Bank], TestClient]) -> None:
    client = of(universal_bank())
    answer = ask(client, user_id=10, k=48)
    assert [one["rank"] for one in answer["recommendations"]] == list(range(1, 48))
    assert ask(client, user_id=11, k=48)["returned"] == 48
    texts = {
        lang: (one["name"], *(reason["text"] for reason in one["reasons"]))
        for lang in (None, "pt-BR", "es", "en")
        for one in ask(client, user_id=10, lang=lang)["recommendations"][:1]
    }
    assert texts[None] == texts["pt-BR"] == ("Produto 46", "teve até fevereiro de 2016", "vem com Produto 47")
    assert texts["es"] == ("Producto 46", "lo tuvo hasta febrero de 2016", "se contrata con Producto 47")
    assert texts["en"] == ("Product 46", "had it until February 2016", "often taken with Product 47")
    by_segment = {s: ask(client, user_id=1, segment=s)["recommendations"][0]["item_id"] for s in (None, "private")}
    assert by_segment == {None: "u47", "private": "u33"}
    assert held(client, 10) == ["u47"]
    assert list(client.get("/products").json()[0]["names"]) == ["pt-BR", "es", "en"]


def test_every_product_may_be_left_out_or_asked_for(of: Callable[[Bank], TestClient]) -> None:
    client = of(universal_bank())
    assert ask(client, user_id=11, exclude=UNIVERSAL.items, k=48)["returned"] == 0
    assert ask(client, user_id=11, only=UNIVERSAL.items, k=48)["returned"] == 48
    assert ask(client, user_id=12, only=["u40"])["recommendations"][0]["rank"] == 2


def held(client: TestClient, user_id: int) -> list[str]:
    shown = client.post("/console/customer", json={"user_id": user_id}).raise_for_status().json()
    return [one["item_id"] for one in shown["products"] if one["state"] == "held"]


REFUSED = [
    (credit_union, {"segment": "TOP"}, "segment",
     "this bank has no segment 'TOP'; it has no segments, so leave this field out"),
    (credit_union, {"lang": "es"}, "lang", "this bank has no language 'es'; it has en"),
    (credit_union, {"only": ["ind_x"]}, "only.0", "the catalogue has no 'ind_x'; GET /products lists the ids"),
    (universal_bank, {"segment": "TOP"}, "segment", "this bank has no segment 'TOP'; it has retail, private"),
    (universal_bank, {"segment": "Private"}, "segment", "this bank has no segment 'Private'; it has retail, private"),
    (universal_bank, {"lang": "pt"}, "lang", "this bank has no language 'pt'; it has pt-BR, es, en"),
    (small_bank, {"segment": "VIP"}, "segment",
     "this bank has no segment 'VIP'; it has TOP, PARTICULARES, UNIVERSITARIO"),
    (lambda: small_bank(description=FORMAT_1), {"lang": "fr"}, "lang", "this bank has no language 'fr'; it has en, es"),
]  # fmt: skip


@pytest.mark.parametrize(("bank", "more", "field", "reason"), REFUSED)
def test_what_a_bank_does_not_have_is_named(
    of: Callable[[Bank], TestClient], bank: Callable[[], Bank], more: dict[str, Any], field: str, reason: str
) -> None:
    client = of(bank())
    for path, who in (("", {"user_id": 10}), ("/batch", {"user_ids": [10, 999]})):
        response = client.post(f"/recommendations{path}", json={**who, **more})
        problem = response.json()
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
        assert problem["errors"] == [{"field": f"body.{field}", "reason": reason}]
        assert problem["detail"] == f"body.{field}: {reason}"
    assert metric(client, "recommendations_k_count") == 0, "what is refused is not counted"


def test_all_errors_are_listed_at_once_with_their_fields(of: Callable[[Bank], TestClient]) -> None:
    client = of(credit_union())
    body = {"user_id": 1, "only": ["cu_0", "x"], "segment": "TOP", "lang": "es"}
    problem = client.post("/recommendations", json=body).json()
    assert [one["field"] for one in problem["errors"]] == ["body.only.1", "body.segment", "body.lang"]
    query = client.post("/recommendations?user_id=1&segment=TOP").json()
    assert [one["field"] for one in query["errors"]] == ["query.segment"]


def test_many_segments_are_all_named(of: Callable[[Bank], TestClient]) -> None:
    names = tuple(f"segment number {number}" for number in range(30))
    client = of(credit_union(description=replace(CREDIT_UNION, segments=names)))
    detail = client.post("/recommendations", json={"user_id": 1, "segment": "x"}).json()["detail"]
    assert detail.endswith(", ".join(names))


@pytest.mark.parametrize("name", BANKS)
def test_the_document_is_the_same_for_every_bank(of: Callable[[Bank], TestClient], name: str) -> None:
    document = of(BANKS[name]()).get("/openapi.json").json()
    assert document == json.loads((SERVICES / "openapi.json").read_text())


def test_one_banks_set_after_the_other(make_client: Make, tmp_path: Path) -> None:
    sets = {bank.set_id: bank for bank in (small_bank(), credit_union(), universal_bank())}
    first = small_bank(description=FORMAT_1, set_id="old")
    for bank in (*sets.values(), first):
        write_bank(tmp_path, bank, current=bank is first)
    client = make_client(tmp_path, demo=True, watch_seconds=5)
    for bank in (*sets.values(), first, *reversed(sets.values())):
        switch(tmp_path, bank.set_id)
        look(client)
        description, words = bank.description, {"en": "Product", "pt-BR": "Produto"}[bank.description.languages[0]]
        answer = ask(client, user_id=10)
        assert answer["set_id"] == bank.set_id
        ranked = bank.customers[0].ranked[:5]
        assert [one["item_id"] for one in answer["recommendations"]] == [description.items[bit] for bit in ranked]
        assert [one["name"] for one in answer["recommendations"]] == [f"{words} {bit}" for bit in ranked]
        assert [one["item_id"] for one in client.get("/products").json()] == description.items
        assert client.get("/set").json()["bank"]["name"] == description.name
        texts = client.get("/metrics").text
        assert [line for line in texts.splitlines() if line.startswith("recommendations_set_info{")] == [
            f'recommendations_set_info{{bank="{description.name}"}} 1.0'
        ]
        for segment in ("TOP", "private"):
            status = client.post("/recommendations", json={"user_id": 1, "segment": segment}).status_code
            assert status == (200 if segment in description.segments else 422)


def test_two_banks_are_served_side_by_side(of: Callable[[Bank], TestClient]) -> None:
    one, other = of(credit_union()), of(universal_bank())
    for _ in range(2):
        assert ask(one, user_id=10)["recommendations"][0]["item_id"] == "cu_8"
        assert ask(other, user_id=10)["recommendations"][0]["item_id"] == "u46"
