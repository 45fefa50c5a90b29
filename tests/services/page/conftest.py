"""A real browser over real services of hand-made banks; an error in a page fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Server, running
from tests.services.made_banks import UNIVERSAL
from tests.services.made_sets import Bank, Customer, Description, small_bank
from tests.services.made_summaries import write_summed

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run", "--disable-quic"]  # fmt: skip
SCRIPT = "<script>alert(1)</script>"
LONG = 10**18 - 1  # a number that JavaScript's own numbers can't hold
# Every answer is late by 100 ms: a test that does not wait for it fails always, and not only on a busy machine.
WATCH = """window.broken = [];
addEventListener("securitypolicyviolation", (event) => broken.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => broken.push(`${name} was called`);
const quick = fetch;
fetch = async (...request) => { await new Promise((go) => setTimeout(go, 100)); return quick(...request); };"""
Open = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test of this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# By module: while it is open, the browser's loop runs in this thread, and no other test could use asyncio.run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        started.close()


class LargeDescription(Description):
    """Forty-eight products in five groups, one with a name that an unsafe page would run as code; no segments."""

    @property
    def products(self) -> list[dict[str, Any]]:
        groups = ("accounts", "cards", "loans", "savings", "insurance")
        made = [one | {"group": groups[one["bit"] % 5]} for one in super().products]
        made[7]["names"] = dict.fromkeys(made[7]["names"], SCRIPT)
        return made


def large_bank() -> Bank:
    description = LargeDescription(UNIVERSAL.name, UNIVERSAL.items, UNIVERSAL.languages)
    reasons = (("held_until:2016-02", "goes_with:u47"), *[()] * 46)
    customers = [
        Customer(10, held=(47,), ranked=(7, *(bit for bit in range(46, -1, -1) if bit != 7)), reasons=reasons,
                 segment=None),
        Customer(11, ranked=tuple(range(48)), segment=None),
        Customer(LONG, held=tuple(range(40)), ranked=(47, 40), segment=None),
    ]  # fmt: skip
    return Bank(customers, popular={None: [47, 7]}, set_id="2016-05-28_large", description=description)


def small(**changes: Any) -> Bank:
    """The small bank, with a customer whose number is as long as the API accepts."""
    bank = small_bank(**changes)
    return replace(bank, customers=[*bank.customers, Customer(LONG, held=(2,), ranked=(3, 4, 5))])


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Two services with the page: of the small bank with segments, of the large one without."""
    folder = tmp_path_factory.mktemp("page")
    for name, bank in (("small", small()), ("large", large_bank())):
        (folder / name).mkdir()
        write_summed(folder / name / "recs", bank)
    with (
        running(folder / "small" / "recs", folder / "small", DEMO="1") as first,
        running(folder / "large" / "recs", folder / "large", DEMO="1") as second,
    ):
        yield {"small": first, "large": second}


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Pages by `open_page(server, "#/model", locale=..., ...)`; at the end nothing may have gone wrong in any.

    `page.asked` has the addresses of all requests. The browser's console also shows what the service refuses:
    `allowed` are the statuses, or other errors, that a test wants to see.
    """
    opened: list[tuple[Any, set[int | str], list[str], Server]] = []

    def start(server: Server, fragment: str = "", *, allowed: set[int | str] | None = None, **options: Any) -> Any:
        page, errors = browser.new_page(**({"locale": "en"} | options)), []
        page.asked = []
        page.set_default_timeout(60_000)
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(WATCH)
        opened.append((page, allowed or set(), errors, server))
        page.goto(f"{server.url}/{fragment}")
        return page

    yield start
    for page, allowed, errors, server in opened:
        assert not [error for error in errors if not any(str(one) in error for one in allowed)], errors
        assert page.evaluate("broken") == []
        assert all(url.startswith((server.url, "data:")) for url in page.asked), page.asked
        page.close()


def ready(page: Any, heading: str = "main .card") -> Any:
    """Wait until a view shows its figures."""
    page.wait_for_selector(f"{heading}:visible")
    page.wait_for_selector("main [aria-busy]", state="detached")
    return page


def visit(page: Any, fragment: str, shown: str) -> Any:
    """Go to another fragment of the page, and wait until `shown` is that of the new fragment."""
    page.evaluate(
        """([fragment, shown]) => {
          for (const one of document.querySelectorAll(shown)) one.setAttribute("data-before", "");
          if (location.hash === fragment) dispatchEvent(new Event("hashchange"));  // the page had chosen this customer
          else location.hash = fragment;
        }""",
        [fragment, shown],
    )
    return ready(page, f"{shown}:not([data-before])")


def picture(page: Any, name: str) -> None:
    """Save a picture, if SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
