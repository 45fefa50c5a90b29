"""The page to try it: served where it is asked for, whole by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from tests.services.made_sets import small_bank


def test_the_page_only_where_it_is_asked_for(
    client: TestClient, make_client: Callable[..., TestClient], recs: Path
) -> None:
    page = client.get("/")
    assert page.status_code == 200
    known = client.get("/demo/customer").json()
    assert known["user_id"] in {person.user_id for person in small_bank().customers}
    assert client.get("/demo/customer?user_id=11").json()["held"] == ["Product 2", "Product 23"]
    plain = make_client(recs)
    assert plain.get("/").status_code == plain.get("/demo/customer").status_code == 404
    assert plain.get("/page/page.js").status_code == 404


def test_page_and_documentation_ask_nothing_of_the_outside(client: TestClient) -> None:
    page = client.get("/").text + client.get("/docs").text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) > 5
    for link in links:
        assert not re.match(r"(https?:)?//", link), link
        if link not in ("set", "metrics", "data:,"):
            assert client.get("/" + link.lstrip("/")).status_code == 200, link
    assert "https://" not in client.get("/page/page.js").text
    assert "http://" not in client.get("/docs").text
