"""The page in a real browser: by keyboard, on a phone, with and without a key; nothing asked of the outside."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Server, running
from tests.services.made_banks import credit_union, universal_bank
from tests.services.made_sets import small_bank, write_bank

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run", "--disable-quic"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("page")
    write_bank(folder / "recs", small_bank())
    with running(folder / "recs", folder, DEMO="1") as server:
        yield server


def picture(page: Any, name: str) -> None:
    """Keep a picture to look at, where one is asked for."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def open_page(browser: Any, server: Server, **options: Any) -> tuple[Any, list[str], list[str]]:
    page, asked, errors = browser.new_page(**options), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url + "/")
    return page, asked, errors


def test_by_keyboard_alone(browser: Any, demo: Server) -> None:
    page, asked, errors = open_page(browser, demo)
    page.wait_for_selector("#user_id:focus")  # autofocus comes with the first frame, which may be after load
    page.keyboard.type("18")
    page.keyboard.press("Enter")
    page.wait_for_selector("#list li")
    assert page.locator("#list .name").all_inner_texts() == ["Product 2", "Product 23"]
    assert page.locator("#list .score").all_inner_texts() == ["50.0 %", "25.0 %"]
    assert "had it until February 2016" in page.locator("#list").inner_text()
    assert '"user_id": 18' in page.locator("#curl").inner_text()
    picture(page, "page")
    page.select_option("#lang", "es")
    page.focus("#random")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("#status")).to_have_text(re.compile("^Set"))
    assert "as of 2016-05-28" in page.locator("#held_title").inner_text()
    assert all(url.startswith(demo.url) or url.startswith("data:") for url in asked), asked
    assert not errors


def test_every_customer_of_the_bank(browser: Any, demo: Server) -> None:
    page, _, _ = open_page(browser, demo)
    for user_id, title in (
        (15889, "Ranked for this customer (5)"),
        (15, "Nothing to offer (0)"),
        (999, "What is popular (3)"),
        (2**40, "Ranked for this customer (3)"),
    ):
        page.fill("#user_id", str(user_id))
        page.click("button[type=submit]")
        sync_api.expect(page.locator("#list_title")).to_have_text(title)
    page.fill("#user_id", "9999999999999999999")
    page.click("button[type=submit]")
    page.wait_for_selector("#status.error")
    assert "user_id" in page.locator("#status").inner_text()


@pytest.mark.parametrize(("field", "wrong"), [("#k", "99"), ("#k", ""), ("#user_id", "12x")])
def test_a_rejected_field_leaves_no_other_customers_list(browser: Any, demo: Server, field: str, wrong: str) -> None:
    page, _, _ = open_page(browser, demo)
    page.fill("#user_id", "15889")
    page.click("button[type=submit]")
    page.wait_for_selector("#list li")
    page.fill("#user_id", "18")
    page.fill(field, wrong)
    page.click("button[type=submit]")
    page.wait_for_selector("#status.error")
    assert page.locator("#status").inner_text()
    sync_api.expect(page.locator("#result")).to_be_hidden()
    page.fill("#user_id", "18")
    page.fill("#k", "5")
    page.click("button[type=submit]")
    sync_api.expect(page.locator("#list .name")).to_have_text(["Product 2", "Product 23"])


def choices(page: Any, field: str) -> list[str]:
    return page.locator(f"{field} option").all_inner_texts()


def test_the_form_is_that_of_the_set_in_use(browser: Any, tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    write_bank(recs, universal_bank())
    with running(recs, tmp_path, DEMO="1") as server:
        page, _, errors = open_page(browser, server)
        sync_api.expect(page.locator("#k")).to_have_attribute("max", "48")
        assert choices(page, "#lang") == ["Português (Brasil)", "Español", "English"]
        assert choices(page, "#segment") == ["–", "retail", "private"]
        page.fill("#user_id", "999")
        page.select_option("#segment", "private")
        page.click("button[type=submit]")
        sync_api.expect(page.locator("#list .name")).to_have_text(["Produto 33"])
        assert '"lang": "pt-BR", "segment": "private"' in page.locator("#curl").inner_text()
        write_bank(recs, credit_union())
        server.wait_for(lambda: server.ask(10).json()["set_id"] == credit_union().set_id)
        page.click("button[type=submit]")  # asks for what the other bank had
        page.wait_for_selector("#status.error")
        assert "this bank has no segment 'private'" in page.locator("#status").inner_text()
        sync_api.expect(page.locator("#k")).to_have_attribute("max", "9")
        sync_api.expect(page.locator("#segment_label")).to_be_hidden()
        sync_api.expect(page.locator("#lang_label")).to_be_hidden()
        page.click("button[type=submit]")
        sync_api.expect(page.locator("#list .name")).to_have_text(["Product 4", "Product 0"])
        assert page.title() == "Recommendations, credit union"
        assert not [error for error in errors if "the server responded with a status of 4" not in error], errors


def test_the_curl_line_works(browser: Any, demo: Server) -> None:
    import subprocess

    page, _, _ = open_page(browser, demo)
    page.fill("#user_id", "15889")
    page.click("button[type=submit]")
    page.wait_for_selector("#list li")
    done = subprocess.run(["sh", "-c", page.locator("#curl").inner_text()], capture_output=True, text=True, check=True)
    assert '"source":"personal"' in done.stdout


def test_on_a_phone_nothing_is_cut_off(browser: Any, demo: Server) -> None:
    page, _, _ = open_page(browser, demo, viewport={"width": 360, "height": 740}, color_scheme="dark")
    page.fill("#user_id", "12")
    page.fill("#k", "24")
    page.click("button[type=submit]")
    sync_api.expect(page.locator("#list li")).to_have_count(24)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    picture(page, "phone")


def test_with_a_key(browser: Any, tmp_path: Path) -> None:
    write_bank(tmp_path / "recs", small_bank())
    with running(tmp_path / "recs", tmp_path, DEMO="1", API_KEY="s3cret") as server:
        page, _, _ = open_page(browser, server)
        page.fill("#user_id", "10")
        page.click("button[type=submit]")
        page.wait_for_selector("#key_label:not([hidden])")
        page.fill("#key", "s3cret")
        page.click("button[type=submit]")
        page.wait_for_selector("#list li")
        assert "s3cret" not in page.locator("#curl").inner_text()


def test_the_documentation_page(browser: Any, demo: Server) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo.url + "/docs")
    page.get_by_text("/recommendations/batch").first.wait_for(timeout=20_000)
    picture(page, "docs")
    assert all(url.startswith(demo.url) or url.startswith("data:") for url in asked), asked
