"""The product view: the figures of the set's summary, and links to its customers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.services.conftest import Server, running
from tests.services.consent_files import write_consent
from tests.services.made_sets import small_bank
from tests.services.made_summaries import product, write_summed
from tests.services.page.conftest import LONG, Open, large_bank, picture, ready, small

Services = dict[str, Server]
BANKS = {"small": small(), "large": large_bank()}


@pytest.mark.parametrize("name", ["small", "large"])
def test_figures_of_a_product(services: Services, open_page: Open, name: str) -> None:
    bank, bit = BANKS[name], 5
    page, expected = (
        ready(open_page(services[name], f"#/product/{bank.description.items[bit]}"), ".likeliest"),
        product(bank, bit),
    )
    assert page.locator("#item option").count() == len(bank.description.items)
    assert page.locator("#expected").inner_text() == "1,066"
    assert page.locator("#expected_interval").inner_text() == "80% interval: 705 to 1,405."
    assert page.locator(".plot rect.value").count() == len(expected["acquisitions"]) == 16
    assert page.locator(".plot .whisker").count() == page.locator(".plot .dot").count() == 1
    page.get_by_text("Show the figures as a table").click()
    rows = page.locator(".chart tbody tr").all_inner_texts()
    assert rows[0].split("\t")[:2] == ["February 2015", "905"]
    assert rows[-1].split("\t") == ["June 2016", "1,066", "705 – 1,405"]
    counts = page.locator("section:has(> h2:text('Probabilities of all customers')) tbody .figure").all_inner_texts()
    assert [int(text.replace(",", "")) for text in counts] == expected["histogram"]["counts"]
    assert page.locator("h2:text('By segment')").count() == (name == "small")
    assert page.locator("h2:text('By age')").count() == (name == "small")
    shown = page.locator(".likeliest a").all_inner_texts()
    assert shown == [user for user, _ in expected["likeliest"]] and shown[0] == str(LONG)
    picture(page, f"product_{name}")


def test_from_a_product_to_its_likeliest_customer_and_back(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/product"), ".likeliest")
    assert re.search(r"#/product/ind_recibo_ult1$", page.url), "the one with most expected comes first"
    page.select_option("#item", "ind_nomina_ult1")
    page.wait_for_url(re.compile("ind_nomina_ult1"))
    page.wait_for_selector(".card .name:has-text('Product 21')")
    page.locator(".likeliest a").first.click()
    ready(page, "#user_id")
    page.wait_for_selector(f".facts dd:text('{LONG}')")
    page.go_back()
    page.wait_for_selector(".card .name:has-text('Product 21')")
    assert not any(str(LONG) in url for url in page.asked)


def test_a_product_that_the_set_does_not_have(services: Services, open_page: Open) -> None:
    page = open_page(services["small"], "#/product/u47")
    page.wait_for_selector(".callout.wrong:has-text('u47')")


def test_customers_without_consent_are_not_shown(open_page: Open, tmp_path: Path) -> None:
    recs, everybody = tmp_path / "recs", len(small_bank().customers)
    write_summed(recs, small_bank())
    write_consent(recs, [(10, "sms", False, 0), (11, "sms", True, 0)])
    with running(recs, tmp_path, DEMO="1", CONSENT="required") as server:
        page = ready(open_page(server, "#/product"), ".likeliest")
        assert page.locator(".likeliest a").all_inner_texts() == ["11"]
        assert page.get_by_text(f"{everybody - 1} more are not shown, as they have not allowed offers.").is_visible()


def test_by_segment_stands_beside_the_average_of_the_bank(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/product/ind_ahor_fin_ult1"), ".likeliest")
    card = page.locator("section:has(> h2:text('By segment'))")
    assert card.locator("tbody .figure").all_inner_texts() == ["1%", "2%", "3%"]
    assert [one.get_attribute("x1") for one in card.locator("tbody .mark").all()] == ["33.333%"] * 3
