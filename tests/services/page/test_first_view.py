"""Bytes that the first view loads. `benchmarks/first_view.py` measures its time."""

from __future__ import annotations

import pytest

from tests.services.conftest import Server
from tests.services.page.conftest import Open, ready

MOST_BYTES = 100_000


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
