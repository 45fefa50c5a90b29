"""The data of the page: served only with the page, behind the key, and equal to the files of the set."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from serving.api import page
from tests.services.broken_sets import one_byte, rewrite, table_of
from tests.services.conftest import SERVICES, look
from tests.services.consent_files import write_consent
from tests.services.made_sets import COLUMNS, Bank, Customer, sign_again, small_bank, write_bank

Make = Callable[..., TestClient]
SUMMARY: dict[str, Any] = {
    "as_of": "2016-05-28",
    "next_month": "2016-06",
    "bank_average": dict.fromkeys(COLUMNS, 0.01),
    "customers": 12,
    "products": {item: {"expected": 3.5, "offered_to": 5, "likeliest": [["10", 0.5]]} for item in COLUMNS},
    "model": {"quality": None, "rules": [], "card_html": "<h1>Card</h1>"},
}


def write_summary(folder: Path, content: Any = SUMMARY) -> None:
    (folder / "summary.json").write_text(json.dumps(content))
    sign_again(folder)


@pytest.fixture
def summed(recs: Path) -> Path:
    write_summary((recs / "current").resolve())
    return recs


def customer(client: TestClient, user_id: int | None, **more: Any) -> dict[str, Any]:
    return client.post("/console/customer", json={"user_id": user_id, **more}).raise_for_status().json()


def test_only_where_it_is_asked_for(make_client: Make, recs: Path) -> None:
    paths = ("/", "/page/index.html", "/console/summary", "/console/sets")
    plain, key = make_client(recs, api_key="k"), {"X-API-Key": "k"}
    assert {plain.get(path, headers=key).status_code for path in paths} == {404}
    assert plain.post("/console/customer", json={}, headers=key).status_code == 404
    assert not [path for path in plain.get("/openapi.json").json()["paths"] if "console" in path]
    console = make_client(recs, api_key="k", console=True)
    assert [console.get(path).status_code for path in paths] == [200, 200, 401, 401]
    assert console.post("/console/customer", json={}).status_code == 401
    assert console.post("/console/customer", json={}, headers=key).status_code == 200
    assert [console.get(path, headers=key).status_code for path in paths[2:]] == [404, 200]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/page/index.html", "text/html"), ("/page/main.js", "text/javascript"),
     ("/page/page.css", "text/css")],
)  # fmt: skip
def test_an_unchanged_file_of_the_page_is_not_sent_again(client: TestClient, path: str, media_type: str) -> None:
    first, plain = client.get(path), client.get(path, headers={"Accept-Encoding": "identity"})
    assert first.headers["content-type"] == f"{media_type}; charset=utf-8" == plain.headers["content-type"]
    assert first.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    name = path.rpartition("/")[2] or "index.html"
    assert first.text == plain.text == (SERVICES / "page" / name).read_text(encoding="utf-8")
    same = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_another_file_beside_those_of_the_page_is_not_one(
    make_client: Make, recs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SERVICES / "page", tmp_path / "page")
    (tmp_path / "page" / "main.js~").touch()
    (tmp_path / "page" / "folder").mkdir()
    monkeypatch.setattr(page, "PAGE", tmp_path / "page")
    page._files.cache_clear()
    try:
        client = make_client(recs, demo=True)
        assert [client.get(f"/page/{name}").status_code for name in ("main.js", "main.js~", "folder")] == [
            200,
            404,
            404,
        ]
    finally:
        page._files.cache_clear()


def test_only_files_of_the_page_are_sent(client: TestClient) -> None:
    for path in ("/page/", "/page/nothing.js", "/page/..%2Frecommendation_service.py", "/page/%2Fetc%2Fpasswd"):
        assert client.get(path).status_code == 404, path


def test_a_customer_and_where_each_product_stands(client: TestClient, recs: Path) -> None:
    shown = customer(client, 11)
    products = shown.pop("products")
    assert shown == {
        "user_id": "11", "as_of": "2016-05-28", "set_id": small_bank().set_id, "status": "ok", "segment": "TOP",
        "age_band": None, "consent": None, "channels": None,
    }  # fmt: skip
    standings = client.get("/customers/11/why-not").json()["products"]
    assert [{k: v for k, v in one.items() if v is not None} for one in products] == standings
    assert customer(client, 2**40)["user_id"] == "1099511627776"
    states = {user: customer(client, user)["status"] for user in (14, 15, 16, 999)}
    assert states == {14: "nothing_left", 15: "deceased", 16: "suppressed", 999: "unknown"}
    stranger = customer(client, 999)
    assert (stranger["user_id"], stranger["segment"]) == ("999", None)


def test_the_band_of_age_where_the_set_has_it(make_client: Make, recs: Path) -> None:
    folder = (recs / "current").resolve()
    customers = table_of(folder, "customers.parquet")
    bands = pa.array(["18-25", None, *["over 65"] * (customers.num_rows - 2)]).dictionary_encode()
    rewrite(folder, "customers.parquet", customers.append_column("age_band", bands))
    client = make_client(recs, demo=True)
    assert [customer(client, user)["age_band"] for user in (10, 11, 12)] == ["18-25", None, "over 65"]
    assert customer(client, 12)["segment"] == "UNIVERSITARIO"


def test_a_random_customer_has_a_list(make_client: Make, client: TestClient, tmp_path: Path) -> None:
    offered = {str(one.user_id) for one in small_bank().customers if one.ranked}
    shown = {customer(client, None)["user_id"] for _ in range(40)}
    assert shown <= offered and len(shown) > 1
    rare = [Customer(number, status="deceased") for number in range(2_000)]
    write_bank(tmp_path / "rare", Bank([*rare, Customer(5_000, ranked=(1,))]))
    assert customer(make_client(tmp_path / "rare", demo=True), None)["user_id"] == "5000"


def test_another_customer_is_another_where_there_is_one(make_client: Make, client: TestClient, tmp_path: Path) -> None:
    assert "11" not in {customer(client, None, other_than=11)["user_id"] for _ in range(40)}
    assert customer(client, 11, other_than=11)["user_id"] == "11", "a number that is asked for is shown"
    rare = [Customer(number, status="deceased") for number in range(2, 2_000)]
    two = [Customer(1, ranked=(1,)), *rare, Customer(5_000, ranked=(1,))]
    write_bank(tmp_path / "two", Bank(two))
    assert {customer(make_client(tmp_path / "two", demo=True), None, other_than=1)["user_id"] for _ in range(5)} == {
        "5000"
    }
    write_bank(tmp_path / "one", Bank(two[:1]))
    assert customer(make_client(tmp_path / "one", demo=True), None, other_than=1)["user_id"] == "1"


def test_what_a_question_may_say(client: TestClient) -> None:
    for wrong in ({"user_id": "10"}, {"user_id": -1}, {"user": 10}, {"user_id": 10.5}):
        assert client.post("/console/customer", json=wrong).status_code == 422, wrong
    assert client.post("/console/customer?user_id=10").status_code == 422
    assert client.get("/console/customer?user_id=10").status_code == 405


def test_consent(make_client: Make, recs: Path) -> None:
    write_consent(recs, [(11, "sms", True, 0), (11, "email", False, 0)])
    client = make_client(recs, demo=True, consent="required")
    for channel, consent, state in ((None, False, "no_consent"), ("sms", True, "listed")):
        shown = customer(client, 11, channel=channel)
        assert (shown["consent"], shown["products"][22]["state"]) == (consent, state)
    assert customer(client, 11)["channels"] == {"email": False, "sms": True}
    assert customer(client, 10)["channels"] == {"email": False, "sms": False}
    refused = client.post("/console/customer", json={"user_id": 11, "channel": "pigeon"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "body.channel"


def test_a_random_customer_allows_offers_where_one_does(make_client: Make, recs: Path, tmp_path: Path) -> None:
    write_consent(recs, [(11, "sms", True, 0), (11, "email", False, 0), (14, "sms", True, 0), (999, "email", True, 0)])
    client = make_client(recs, demo=True, consent="required")
    assert {customer(client, None, channel="sms")["user_id"] for _ in range(20)} == {"11"}
    assert len({customer(client, None)["user_id"] for _ in range(40)}) > 1, "nobody with a list allows every channel"
    assert "11" not in {customer(client, None, channel="sms", other_than=11)["user_id"] for _ in range(20)}
    many = [Customer(number, ranked=(1,)) for number in range(4_000)]
    write_bank(tmp_path / "many", Bank(many))
    write_consent(tmp_path / "many", [(number, "sms", number in (7, 3_999), 0) for number in range(0, 5_000)])
    rare = make_client(tmp_path / "many", demo=True, consent="required")
    assert {customer(rare, None)["user_id"] for _ in range(20)} <= {"7", "3999"}
    assert customer(rare, None, other_than=7)["user_id"] == "3999"


def test_without_a_consent_file_nobody_allows_and_the_page_still_has_a_customer(make_client: Make, recs: Path) -> None:
    shown = customer(make_client(recs, demo=True, consent="required"), None)
    assert (shown["status"], shown["consent"], shown["channels"]) == ("ok", False, {})


def test_the_summary_has_no_customer_and_no_card(make_client: Make, summed: Path) -> None:
    client = make_client(summed, demo=True)
    response = client.get("/console/summary")
    less = {item: {"expected": 3.5, "offered_to": 5} for item in COLUMNS}
    assert response.json() == {**SUMMARY, "products": less, "model": {"quality": None, "rules": []}}
    assert response.headers["content-encoding"] == "gzip" and response.headers["vary"] == "Accept-Encoding"
    plain = client.get("/console/summary", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.json() == response.json()
    tag = response.headers["etag"]
    assert tag == f'"{small_bank().set_id}"'
    same = client.get("/console/summary", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")


def test_one_product_and_the_card(make_client: Make, summed: Path) -> None:
    client = make_client(summed, demo=True)
    assert client.get(f"/console/products/{COLUMNS[3]}").json() == {
        "item_id": COLUMNS[3], "expected": 3.5, "offered_to": 5, "likeliest": [["10", 0.5]]
    }  # fmt: skip
    missing = client.get("/console/products/ind_x")
    assert missing.status_code == 404 and "no product 'ind_x'" in missing.json()["detail"]
    card = client.get("/console/card")
    assert card.text == "<h1>Card</h1>" and card.headers["content-type"].startswith("text/html")
    write_bank(summed, small_bank(set_id="2016-05-28_b"))
    write_summary((summed / "current").resolve(), SUMMARY | {"model": {"card_html": None}})
    look(client)
    assert "without a model card" in client.get("/console/card").json()["detail"]


def test_the_likeliest_are_those_who_allow_offers(make_client: Make, recs: Path) -> None:
    likeliest = [["10", 0.5], ["11", 0.25], [str(10**18 - 1), 0.2]]
    products = {item: {"expected": 3.5, "likeliest": likeliest} for item in COLUMNS}
    write_summary((recs / "current").resolve(), SUMMARY | {"products": products})
    write_consent(recs, [(10, "sms", False, 0), (11, "sms", True, 0)])

    def shown(**settings: Any) -> list[str]:
        figures = make_client(recs, demo=True, **settings).get(f"/console/products/{COLUMNS[3]}").json()
        assert figures["expected"] == 3.5
        return [user for user, _ in figures["likeliest"]]

    assert shown() == [user for user, _ in likeliest]
    assert shown(consent="required") == ["11"]


def test_a_set_without_a_summary_says_so(client: TestClient) -> None:
    for path in ("/console/summary", f"/console/products/{COLUMNS[0]}", "/console/card"):
        response = client.get(path)
        assert response.status_code == 404
        assert response.json()["detail"] == "the set in use has no summary.json: publish it again"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [([], "has a missing or wrong entry"), ({}, "has a missing or wrong entry: 'products'"),
     (SUMMARY | {"products": {}}, f"'{COLUMNS[0]}'"), (SUMMARY | {"model": None}, "has a missing"),
     (SUMMARY | {"model": {}}, "'card_html'"), (SUMMARY | {"model": {"card_html": 3}}, "card_html is not text")],
)  # fmt: skip
def test_a_summary_of_another_shape_is_refused(make_client: Make, recs: Path, content: Any, wrong: str) -> None:
    write_summary((recs / "current").resolve(), content)
    response = make_client(recs, demo=True).get("/console/summary")
    assert response.status_code == 503 and wrong in response.json()["detail"]


def test_a_damaged_summary_is_refused_as_any_file(make_client: Make, summed: Path) -> None:
    client = make_client(summed, demo=True)
    folder = write_bank(summed, small_bank(set_id="2016-05-28_b"), current=False)
    write_summary(folder)
    one_byte("summary.json")(folder)
    (summed / "current").unlink()
    (summed / "current").symlink_to(folder.name)
    look(client)
    assert client.get("/console/sets").json()["in_use"] == small_bank().set_id
    assert "summary.json was changed after it was published" in str(client.app.state.service.watcher.refused)  # type: ignore[attr-defined]


def test_the_sets_kept_and_how_a_forecast_turned_out(make_client: Make, recs: Path) -> None:
    client = make_client(recs, demo=True)
    now = {"set_id": small_bank().set_id, "as_of": "2016-05-28", "created_at": "2016-06-01T12:00:00Z", "in_use": True}
    assert client.get("/console/sets").json() == {"in_use": small_bank().set_id, "kept": [now], "realised": []}
    write_bank(recs, small_bank(set_id="2016-04-28_older", as_of="2016-04-28"), current=False)
    (recs / "broken").mkdir()
    (recs / "broken" / "manifest.json").write_text("{")
    results = {"month": "2016-05", "forecast_expected": 10.5, "forecast_low": 7, "forecast_high": 14}
    (recs / "realised.json").write_text(json.dumps(results))
    assert client.get("/console/sets").json()["realised"] == []
    (recs / "realised.json").write_text(json.dumps(results | {"forecast_observed": 12}))
    sets = client.get("/console/sets").json()
    assert [(one["set_id"], one["in_use"]) for one in sets["kept"]] == [
        (small_bank().set_id, True), ("2016-04-28_older", False)
    ]  # fmt: skip
    assert sets["realised"] == [{"month": "2016-05", "expected": 10.5, "interval": [7, 14], "observed": 12}]


def test_without_a_set_each_says_why(make_client: Make, tmp_path: Path) -> None:
    client = make_client(tmp_path, demo=True)
    for path in ("/console/summary", "/console/products/x", "/console/card", "/console/sets"):
        response = client.get(path)
        assert response.status_code == 503 and "no set is published" in response.json()["detail"]
    assert client.get("/").status_code == 200


def test_page_and_documentation_ask_nothing_of_the_outside(client: TestClient) -> None:
    page = client.get("/").text + client.get("/docs").text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) > 5
    for link in links:
        assert not re.match(r"(https?:)?//", link), link
        if link not in ("set", "metrics", "data:,", "console/summary"):
            assert client.get("/" + link.lstrip("/")).status_code == 200, link
    assert "http://" not in client.get("/docs").text
