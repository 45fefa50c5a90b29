"""Consent on the customer view: by channel, below what no consent would change, and hidden with CONSENT=off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.conftest import Server, running
from tests.services.consent_files import Row, write_consent
from tests.services.made_sets import small_bank
from tests.services.made_summaries import write_summed
from tests.services.page.conftest import Open, picture, ready, visit
from tests.services.page.test_customer import UNKNOWN
from tests.services.page.test_layout import WRONG

BOTH = ("email", "phone")
ROWS: list[Row] = [
    *((user, channel, True, 0) for user in (11, 998) for channel in BOTH),
    (10, "email", True, 0),
    (10, "phone", False, 0),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("consent")
    write_summed(folder / "recs", small_bank())
    write_consent(folder / "recs", ROWS)
    with running(folder / "recs", folder, DEMO="1", CONSENT="required") as started:
        yield started


def fact(page: Any, name: str) -> str:
    return str(page.locator(f".facts div:has(dt:text-is('{name}')) dd").inner_text())


@pytest.mark.parametrize(
    ("user", "banner", "status"),
    [(15, "This customer has died.", "deceased"),
     (16, "This customer asked not to receive offers.", "asked not to receive offers"),
     (14, "There is nothing left to offer.", "nothing left to offer"),
     (12, "This customer has not allowed offers.", "no offers, as consent is missing"),
     (999, "This customer has not allowed offers.", "not in the data")],
)  # fmt: skip
def test_what_consent_would_not_change_comes_first(
    server: Server, open_page: Open, user: int, banner: str, status: str
) -> None:
    page = ready(open_page(server, f"#/customer/{user}"))
    assert page.locator(".callout strong").inner_text() == banner
    assert fact(page, "Status") == status
    assert fact(page, "Consent") == "email: not given, phone: not given"
    assert page.locator("#age").count() == 0, "segment and age could change nothing"
    picture(page, f"consent_{user}")


def test_a_customer_who_is_not_in_the_set_and_allows_offers_may_state_an_age(server: Server, open_page: Open) -> None:
    page = ready(open_page(server, "#/customer/998"))
    assert page.locator(".callout strong").inner_text() == UNKNOWN
    assert page.locator("#age").is_visible() and page.locator(".list li").count() == 3


def test_a_customer_who_allows_one_channel_alone(server: Server, open_page: Open) -> None:
    page = ready(open_page(server, "#/customer/10"))
    assert page.locator(".callout strong").inner_text() == "This customer allows offers over some channels only."
    assert page.locator(".callout p").first.inner_text().startswith("Allowed: email.")
    assert (fact(page, "Status"), fact(page, "Consent")) == ("offers over email only", "email: given, phone: not given")
    assert page.locator("#channel option").all_inner_texts() == ["every channel", *BOTH]
    picture(page, "consent_every")
    page.select_option("#channel", "email")
    page.wait_for_selector(".list li:nth-child(5)")
    assert page.locator(".callout").count() == 0 and fact(page, "Status") == "offers over email only"
    assert '"channel": "email"}' in page.locator("#curl").text_content()
    assert '"source": "personal"' in page.locator("#json").text_content()
    picture(page, "consent_email")
    page.select_option("#channel", "phone")
    page.wait_for_selector(".callout strong:text-is('This customer has not allowed offers over phone.')")
    assert page.locator("#channel").input_value() == "phone" and page.locator(".list li").count() == 0
    assert '"reason": "no_consent"' in page.locator("#json").text_content()


def test_a_button_shows_what_may_be_offered_over_the_channel_allowed(server: Server, open_page: Open) -> None:
    page = ready(open_page(server, "#/customer/10"))
    heading = page.locator(".barred h3").first
    assert heading.inner_text() == "Not allowed over every channel. With consent, these could be ranked."
    assert not page.locator(".barred .chips").first.is_visible(), "folded away"
    page.click(".barred details summary")
    assert page.locator(".barred .chips").first.is_visible()
    assert page.locator(".callout button").all_inner_texts() == ["Show for email"]
    page.click(".callout button")
    page.wait_for_selector(".list li:nth-child(5)")
    assert page.input_value("#channel") == "email" and page.locator(".callout").count() == 0
    assert page.evaluate("document.activeElement.id") == "channel", "the button is gone, the keyboard is near"
    page.select_option("#channel", "phone")
    page.wait_for_selector(".barred h3:text-is('Not allowed over phone. With consent, these could be ranked.')")
    assert page.locator(".callout button").all_inner_texts() == ["Show for email"]
    page = ready(open_page(server, "#/customer/12"))
    assert page.locator(".barred h3").first.inner_text() == "Consent is missing. With consent, these could be ranked."
    assert page.locator(".callout button").count() == 0


def test_it_opens_with_a_customer_who_allows_offers(server: Server, open_page: Open) -> None:
    page = ready(open_page(server))
    page.wait_for_url("**/#/customer/11")
    assert page.locator(".list li").count() == 3 and fact(page, "Status") == "may be offered products"
    page.select_option("#channel", "email")
    page.wait_for_selector("#curl:has-text('email')", state="attached")
    page.click("#random")
    page.wait_for_url("**/#/customer/10")
    page.wait_for_selector(".list li:nth-child(5)")


def test_a_channel_that_a_new_file_does_not_have(open_page: Open, tmp_path: Path) -> None:
    write_summed(tmp_path / "recs", small_bank())
    write_consent(tmp_path / "recs", ROWS)

    def channels(server: Server) -> set[str]:
        return set(httpx.post(f"{server.url}/console/customer", json={"user_id": 10}).json()["channels"])

    with running(tmp_path / "recs", tmp_path, DEMO="1", CONSENT="required") as server:
        page = ready(open_page(server, "#/customer/11", locale="es", allowed={422}))
        page.select_option("#channel", "phone")
        page.wait_for_selector("#curl:has-text('phone')", state="attached")
        write_consent(tmp_path / "recs", [(10, "email", True, 0)])
        server.wait_for(lambda: channels(server) == {"email"})
        page.fill("#user_id", "10")
        page.keyboard.press("Enter")
        page.wait_for_selector(".status:has-text('Cliente 10: 5 recomendaciones. El fichero')")
        assert "ya no tiene el canal phone" in page.locator(".status").inner_text()
        assert page.locator("#channel option").all_inner_texts() == ["todos los canales", "email"]
        assert page.locator("#channel").input_value() == "" and "channel" not in page.locator("#curl").text_content()


@pytest.mark.parametrize(("width", "lang"), [(360, "es"), (900, "en"), (1920, "en")])
def test_nothing_is_cut_and_axe_finds_nothing_serious(server: Server, open_page: Open, width: int, lang: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    size = {"width": width, "height": 800}
    page = open_page(server, viewport=size, locale=lang, reduced_motion="reduce")
    for user in (10, 11, 998, 999):
        visit(page, f"#/customer/{user}", ".facts")
        assert page.locator("#channel").is_visible()
        assert page.evaluate(WRONG) == [], (user, width)
        violations = axe.Axe().run(page).response["violations"]
        assert not [one["id"] for one in violations if one["impact"] in ("serious", "critical")], user
        picture(page, f"consent_{user}_{width}")


def test_without_consent_required_there_is_no_word_of_it(services: dict[str, Server], open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/10"))
    assert not page.locator("#channel").is_visible() and "Consent" not in page.locator("main").inner_text()
    assert "channel" not in page.locator("#curl").text_content()
