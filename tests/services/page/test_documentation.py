"""The page of the API's documentation, in a real browser."""

from __future__ import annotations

from tests.services.conftest import Server
from tests.services.page.conftest import Open, picture


def test_the_documentation_page(services: dict[str, Server], open_page: Open) -> None:
    page = open_page(services["small"], "docs")
    page.get_by_text("/recommendations/batch").first.wait_for(timeout=20_000)
    picture(page, "docs")
