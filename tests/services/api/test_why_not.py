"""GET /customers/{id}/why-not: the state of each product, and who may ask for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.services.consent_files import write_consent
from tests.services.made_sets import COLUMNS, sign_again
from tests.services.sets.test_removed import RULES, write_removed

Make = Callable[..., TestClient]


@pytest.fixture
def explained(recs: Path) -> Path:
    folder = (recs / "current").resolve()
    write_removed(folder, [(11, "minors", 1 << 5), (11, "loans", 1 << 16)])
    sign_again(folder, rules=[*RULES, {"name": "deceased", "version": "1", "reason": "nothing to the deceased"}])
    return recs


def asked(client: TestClient, user_id: int, **query: str) -> dict[str, Any]:
    return client.get(f"/customers/{user_id}/why-not", params=query).raise_for_status().json()


def test_each_product_stands_somewhere(make_client: Make, explained: Path) -> None:
    answer = asked(make_client(explained, demo=True), 11)
    standings = answer["products"]
    assert "consent" not in answer and answer["set_id"] and answer["as_of"] == "2016-05-28"
    assert [one["item_id"] for one in standings] == COLUMNS
    assert standings[2] == {"item_id": COLUMNS[2], "state": "held"}
    assert standings[22] == {"item_id": COLUMNS[22], "state": "listed", "rank": 1, "score": 0.5}
    assert standings[5] == {
        "item_id": COLUMNS[5], "state": "barred", "rule": "minors", "version": "1", "reason": "too young"
    }  # fmt: skip
    assert (standings[16]["rule"], standings[16]["version"]) == ("loans", "a1")
    assert standings[0]["state"] == "barred" and "without --explain-removals" in standings[0]["reason"]


def test_the_deceased_the_suppressed_and_who_is_not_there(make_client: Make, explained: Path) -> None:
    client = make_client(explained, demo=True)
    dead, quiet, stranger = (asked(client, user)["products"] for user in (15, 16, 999))
    assert dead[0] == {"item_id": COLUMNS[0], "state": "barred", "rule": "deceased", "version": "1",
                       "reason": "nothing to the deceased"}  # fmt: skip
    assert dead[2]["state"] == "held" and quiet[0]["rule"] == "suppressed"
    assert {one["state"] for one in stranger} == {"not_present"}


def test_without_consent_what_would_be_listed_is_not(make_client: Make, explained: Path) -> None:
    write_consent(explained, [(11, "sms", True, 0), (11, "email", False, 0)])
    client = make_client(explained, demo=True, consent="required")
    for query, consent, state in (({}, False, "no_consent"), ({"channel": "sms"}, True, "listed")):
        answer = asked(client, 11, **query)
        assert answer["consent"] is consent
        assert (answer["products"][22]["state"], answer["products"][22]["rank"]) == (state, 1)
        assert answer["products"][2]["state"] == "held" and answer["products"][5]["state"] == "barred"
    refused = client.get("/customers/11/why-not", params={"channel": "pigeon"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "query.channel"


def test_it_answers_with_a_key_or_in_a_demo_only(make_client: Make, explained: Path) -> None:
    path = "/customers/11/why-not"
    assert make_client(explained).get(path).status_code == 403
    locked = make_client(explained, api_key="k", demo=True)
    assert locked.get(path).status_code == 401
    assert locked.get(path, headers={"X-API-Key": "k"}).status_code == 200
    assert make_client(explained, api_key="k").get(path, headers={"X-API-Key": "k"}).status_code == 200
