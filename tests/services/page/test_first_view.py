"""Bytes and requests of the first view. `benchmarks/first_view.py` measures its time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.conftest import Server
from tests.services.page.conftest import Open, ready

MOST_BYTES = 100_000
MOST_REQUESTS = 20  # each costs 5 ms and more: a browser sends six at a time


@pytest.mark.parametrize("name", ["small", "large"])
def test_bytes_of_the_first_view(services: dict[str, Server], open_page: Open, name: str) -> None:
    page = open_page(services[name], "#/model")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("about:blank")
    page.goto(f"{services[name].url}/")
    ready(page, ".list")
    assert len(sizes) > 10 and sum(sizes) < MOST_BYTES, sum(sizes)


@pytest.mark.parametrize("name", ["small", "large"])
def test_nothing_is_requested_twice(services: dict[str, Server], open_page: Open, name: str) -> None:
    """What index.html requests early is what the scripts use, and one customer is requested, not two."""
    page = open_page(services[name])
    ready(page, ".list")
    addresses = [url for url in page.asked if not url.startswith("data:")]
    assert len(set(addresses)) == len(addresses) <= MOST_REQUESTS, sorted(addresses)


def test_the_first_customer_is_requested_before_the_set_is_there(services: dict[str, Server], open_page: Open) -> None:
    page = open_page(services["small"], "#/model")
    held_back: list[Any] = []
    ready(page, ".card")
    page.route("**/set", lambda route: held_back.append(route))
    with page.expect_response("**/console/customer"):
        page.goto("about:blank")
        page.goto(f"{services['small'].url}/")
    assert page.locator(".list").count() == 0
    for one in held_back:
        one.continue_()
    ready(page, ".list")
