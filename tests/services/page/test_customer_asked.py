"""What may be asked for on the customer view: numbers, and segment and age of a customer who is not in the set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.conftest import Server, running
from tests.services.made_sets import small_bank
from tests.services.made_summaries import write_summed
from tests.services.page.conftest import Open, picture, ready
from tests.services.sets.test_popular_by_age import ROWS, write

TOO_LARGE = str(10**18 + 1)
LIMIT = {"en": "Customer number: only digits, and no more than 1,000,000,000,000,000,000",
         "es": "Número de cliente: solo cifras, y no más de 1.000.000.000.000.000.000"}  # fmt: skip
EMPTY = {"en": "Enter a customer number.", "es": "Escriba un número de cliente."}
AGE = {"en": "Age: a whole number from 0 to 120", "es": "Edad: un número entero de 0 a 120"}


@pytest.fixture(scope="module")
def by_age(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With lists of popular products by age: those of 40 are offered product 13 in the segment TOP."""
    folder = tmp_path_factory.mktemp("by_age")
    write(write_summed(folder / "recs", small_bank()), ROWS)
    with running(folder / "recs", folder, DEMO="1") as started:
        yield started


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_number_that_no_customer_has(services: dict[str, Server], open_page: Open, lang: str) -> None:
    page = ready(open_page(services["small"], "#/customer/18", locale=lang))
    for wrong, says in ((TOO_LARGE, LIMIT), ("15.894", LIMIT), ("", EMPTY), ("  ", EMPTY)):
        page.fill("#user_id", wrong)
        page.keyboard.press("Enter")
        assert page.locator("#ask_wrong").inner_text() == says[lang]
        assert page.evaluate("document.activeElement.id") == "user_id"
    picture(page, f"wrong_{lang}")
    page.evaluate(f"location.hash = '#/customer/{TOO_LARGE}'")
    page.wait_for_selector(".callout.wrong")
    message = page.locator(".callout.wrong").inner_text()
    assert LIMIT[lang].split()[-1] in message and TOO_LARGE in message and "body.user_id" not in message


def test_spaces_and_zeros_around_a_number(services: dict[str, Server], open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/12"))
    page.fill("#user_id", " 018 ")
    page.keyboard.press("Enter")
    page.wait_for_selector(".status:text('Customer 18: 2 recommendations')")
    assert page.input_value("#user_id") == "18" and page.url.endswith("#/customer/18")
    page.evaluate("location.hash = '#/customer/%2012'")
    page.wait_for_selector(".status:text('Customer 12: 5 recommendations')")
    assert page.input_value("#user_id") == "12" and page.url.endswith("#/customer/12")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_an_age_beyond_the_limits(by_age: Server, open_page: Open, lang: str) -> None:
    page = ready(open_page(by_age, "#/customer/999", locale=lang))
    for wrong in ("150", "-1", "12.5"):
        page.fill("#age", wrong)
        page.keyboard.press("Enter")
        assert page.locator("#age_wrong").inner_text() == AGE[lang]
        assert page.evaluate("document.activeElement.id") == "age"
    picture(page, f"wrong_age_{lang}")
    page.fill("#age", "17")
    page.keyboard.press("Enter")
    page.wait_for_selector(".list .name:text-matches(' 5$')")
    assert page.locator("#age_wrong").inner_text() == ""


def card(page: Any, name: str) -> str:
    return str(page.locator(f"section:has(> h2:text-is('{name}')) .note").first.inner_text())


def test_popular_products_say_what_is_in_force(by_age: Server, open_page: Open) -> None:
    page = ready(open_page(by_age, "#/customer/999"))
    assert page.locator(".callout p").first.inner_text() == (
        "The products shown are popular among all customers of the bank. "
        "State a segment to see what is popular there, or an age to apply the rules on age."
    )
    shown = card(page, "Recommended next")
    assert shown.startswith(
        "Popular in the bank, not ranked for this customer. The bar is a past rate: of the customers"
    )
    assert "probability" not in shown
    assert "only the rules that need no data about the customer" in card(page, "Not offered, and why")
    picture(page, "stranger")
    page.select_option("#segment", "TOP")
    page.fill("#age", "40")
    page.keyboard.press("Enter")
    page.wait_for_selector(".list .name:text-is('Product 13')")
    assert page.locator(".callout p").first.inner_text() == (
        "The products shown are popular in the segment TOP. The rules on age are applied, for an age of 40."
    )
    assert card(page, "Recommended next").startswith("Popular in the segment TOP, not ranked")
    assert "of the customers of the segment without the product" in card(page, "Recommended next")
    assert "the rules on what was stated (Segment TOP, Age 40)" in card(page, "Not offered, and why")
    picture(page, "stranger_stated")
    page.fill("#user_id", "18")
    page.keyboard.press("Enter")
    page.wait_for_selector(".status:text('Customer 18: 2 recommendations')")
    assert "The bar is the probability" in card(page, "Recommended next"), "stated values are for nobody else"


def test_a_set_without_lists_by_age_says_so(services: dict[str, Server], open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/999"))
    assert page.locator(".callout p").first.inner_text().endswith("State a segment to see what is popular there.")
    page.fill("#age", "40")
    page.keyboard.press("Enter")
    page.wait_for_selector(".callout p:has-text('no lists by age, so the age changes nothing')")
    assert "only the rules that need no data" in card(page, "Not offered, and why")


def test_what_was_stated_of_one_stranger_is_not_applied_to_another(by_age: Server, open_page: Open) -> None:
    page = ready(open_page(by_age, "#/customer/999"))
    page.select_option("#segment", "TOP")
    page.fill("#age", "40")
    page.keyboard.press("Enter")
    page.wait_for_selector(".list .name:text-is('Product 13')")
    for other in ("888", "18", "777"):
        page.fill("#user_id", other)
        page.keyboard.press("Enter")
        page.wait_for_selector(f".status:has-text('Customer {other}:')")
        asked = page.locator("#curl").text_content()
        assert "segment" not in asked and "age" not in asked
    assert (page.input_value("#segment"), page.input_value("#age")) == ("", "")
    page.select_option("#segment", "TOP")
    page.click("#state")
    page.wait_for_selector(".list .name:text-is('Product 13')")
    assert '"user_id": 777' in page.locator("#curl").text_content()
