"""Answers from a set of format 1 are byte for byte those of the version that wrote such sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.services.made_sets import FORMAT_1, SANTANDER, Description, small_bank, write_bank

END = ',"as_of":"2016-05-28","set_id":"2016-05-28_20160601T120000000000Z"'
REASONED = (
    '{"user_id":18,"k":5,"returned":2,"source":"personal","recommendations":[{"item_id":"ind_cco_fin_ult1",'
    '"name":"Product 2","rank":1,"score":0.5,"reasons":[{"code":"held_until:2016-02","text":"had it until February'
    ' 2016"},{"code":"goes_with:ind_cno_fin_ult1","text":"often taken with Product 4"}]},{"item_id":"ind_recibo_ult1",'
    '"name":"Product 23","rank":2,"score":0.25}]'
)
SPANISH = (
    '{"user_id":18,"k":5,"returned":2,"source":"personal","recommendations":[{"item_id":"ind_cco_fin_ult1",'
    '"name":"Producto 2","rank":1,"score":0.5,"reasons":[{"code":"held_until:2016-02","text":"lo tuvo hasta febrero de'
    ' 2016"},{"code":"goes_with:ind_cno_fin_ult1","text":"se contrata con Producto 4"}]},{"item_id":"ind_recibo_ult1",'
    '"name":"Producto 23","rank":2,"score":0.25}]'
)
POPULAR = (
    '{"user_id":999,"k":5,"returned":3,"source":"popular","recommendations":[{"item_id":"ind_fond_fin_ult1",'
    '"name":"Product 13","rank":1,"score":0.1},{"item_id":"ind_valo_fin_ult1","name":"Product 19","rank":2,'
    '"score":0.05},{"item_id":"ind_recibo_ult1","name":"Product 23","rank":3,"score":0.033333335}]'
)
NOTHING = '{"user_id":15,"k":5,"returned":0,"source":"none","recommendations":[]'
SINGLE = [
    ({"user_id": 18}, REASONED),
    ({"user_id": 18, "lang": "en"}, REASONED),
    ({"user_id": 18, "lang": "es"}, SPANISH),
    ({"user_id": 999, "segment": "TOP"}, POPULAR),
    ({"user_id": 15}, NOTHING),
]


@pytest.fixture(params=[FORMAT_1, SANTANDER], ids=["format 1", "format 2"])
def either(request: pytest.FixtureRequest, make_client: Callable[..., TestClient], tmp_path: Path) -> TestClient:
    """The small bank, as a set of each format."""
    description: Description = request.param
    write_bank(tmp_path, small_bank(description=description))
    return make_client(tmp_path, demo=True)


@pytest.mark.parametrize(("body", "text"), SINGLE)
def test_one_customer(either: TestClient, body: dict[str, Any], text: str) -> None:
    response = either.post("/recommendations", json=body, headers={"X-Request-ID": "one"})
    assert response.text == text + END + ',"request_id":"one"}'


def test_the_query_form(either: TestClient) -> None:
    response = either.post("/recommendations?user_id=18&lang=es", headers={"X-Request-ID": "one"})
    assert response.text == SPANISH + END + ',"request_id":"one"}'


def test_a_batch(either: TestClient) -> None:
    response = either.post("/recommendations/batch", json={"user_ids": [18, 15]})
    assert response.text == '{"results":[' + REASONED + "}," + NOTHING + "}]" + END + "}"


def test_the_customer_of_the_page(either: TestClient) -> None:
    shown = either.post("/console/customer", json={"user_id": 11}).json()
    assert (shown["user_id"], shown["status"], shown["segment"], shown["age_band"]) == ("11", "ok", "TOP", None)
    assert [bit for bit, one in enumerate(shown["products"]) if one["state"] == "held"] == [2, 23]
    assert either.get("/console/summary").status_code == 404


def test_its_bank_is_the_one_that_had_such_sets(either: TestClient) -> None:
    assert either.get("/set").json()["bank"] == SANTANDER.block
    assert either.get("/products").json()[0] == {
        "item_id": "ind_ahor_fin_ult1",
        "names": {"en": "Product 0", "es": "Producto 0"},
        "group": "accounts",
    }
