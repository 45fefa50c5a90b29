"""The product view: the figures of the set's summary, and links to its customers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    counts = page.locator("section:has(> h2:text('Probabilities of the customers')) tbody .figure").all_inner_texts()
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
    page.wait_for_selector(".product .name:has-text('Product 21')")
    page.locator(".likeliest a").first.click()
    ready(page, "#user_id")
    page.wait_for_selector(f".facts dd:text('{LONG}')")
    page.go_back()
    page.wait_for_selector(".product .name:has-text('Product 21')")
    assert not any(str(LONG) in url for url in page.asked)


FEW, UNDER_ONE, STOPPED = "ind_ahor_fin_ult1", "ind_cder_fin_ult1", "ind_deco_fin_ult1"
REMOVED = "ind_deme_fin_ult1"


@pytest.fixture(scope="module")
def rare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The small bank, in which hardly anybody acquires three of the products."""
    folder, bank = tmp_path_factory.mktemp("rare"), small_bank()
    products = {item: product(bank, bit) for bit, item in enumerate(bank.description.items)}
    nobody = [[month, 0] for month, _ in products[FEW]["acquisitions"]]
    products[FEW] |= {"expected": 2.8e-6, "interval": [0, 0], "acquisitions": nobody, "by_segment": [["TOP", 7, 3e-10]],
                      "by_age": []}  # fmt: skip
    products[UNDER_ONE] |= {"expected": 0.25, "interval": [0, 0], "acquisitions": [*nobody[:-1], ["2016-05", 2]]}
    products[STOPPED] |= {"expected": 0, "interval": [0, 0], "acquisitions": nobody, "offered_to": 0, "by_segment": [],
                          "by_age": [], "likeliest": []}  # fmt: skip
    products[STOPPED]["histogram"] |= {"counts": [0] * 9}
    products[REMOVED] |= products[STOPPED] | {"removed_by": {"arrears": 1, "stopped": 19_253}}
    average = dict.fromkeys(products, 1e-9)
    write_summed(folder / "recs", bank, products=products, bank_average=average)
    with running(folder / "recs", folder, DEMO="1") as server:
        yield server


def rows_of_the_overview(page: Any) -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
            for row in page.locator(".overview tbody:not(.together) tr").all()]  # fmt: skip


def test_the_overview_has_every_product_with_the_most_expected_first(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/product"), ".likeliest")
    heads = [" ".join(text.split()) for text in page.locator(".overview thead th").all_inner_texts()]
    assert heads == ["Product", "Acquired in May 2016", "Expected in June 2016", "80% interval", "Change"]
    rows = rows_of_the_overview(page)
    assert len(rows) == 24
    assert rows[0] == ["Product 23", "1,028", "1,300", "723 – 1,423", "+272 +26%"]
    assert rows[-1] == ["Product 0", "1,005", "1,001", "700 – 1,400", "−4 0%"]
    assert page.locator(".overview [aria-current]").all_inner_texts() == ["Product 23"]
    page.click(".overview a[href='#/product/ind_ctju_fin_ult1']")
    page.wait_for_selector(".product .name:has-text('Product 5 ')")
    assert page.url.endswith("#/product/ind_ctju_fin_ult1")
    assert page.locator(".overview [aria-current]").all_inner_texts() == ["Product 5"]
    assert page.locator("#item").input_value() == "ind_ctju_fin_ult1"


def test_the_overview_is_sorted_by_click_and_by_key(rare: Server, open_page: Open) -> None:
    page = ready(open_page(rare, "#/product"), ".likeliest")

    def order() -> list[str]:
        return [row[0] for row in rows_of_the_overview(page)]

    def sorted_by() -> list[str | None]:
        return [head.get_attribute("aria-sort") for head in page.locator(".overview thead th").all()]

    assert sorted_by() == [None, None, "descending", None, None] and order()[0] == "Product 23"
    page.click(".overview button:text-is('Expected in June 2016')")
    assert sorted_by()[2] == "ascending" and order()[:3] == ["Product 9", "Product 10", "Product 0"]
    page.focus(".overview button:text-is('Product')")
    page.keyboard.press("Enter")
    assert sorted_by() == ["ascending", None, None, None, None]
    assert order() == [f"Product {bit}" for bit in range(24)], "numbers in names are compared as numbers"
    assert page.evaluate("document.activeElement.textContent") == "Product", "the focus stays"
    page.keyboard.press("Enter")
    assert sorted_by()[0] == "descending" and order()[0] == "Product 23"
    page.click(".overview button:text-is('Change')")
    assert order()[0] == "Product 23" and order()[-1] == "Product 3" and sorted_by()[4] == "descending"


def test_an_expected_count_agrees_with_its_interval(rare: Server, open_page: Open) -> None:
    page = ready(open_page(rare, f"#/product/{UNDER_ONE}"), ".likeliest")
    assert page.locator("#expected").inner_text() == "0.25"
    assert page.locator("#expected_interval").inner_text() == "80% interval: 0 to 1."
    assert page.locator(".plot .gutter span").all_text_contents() == ["0", "1", "2"]
    rows = {row[0]: row[1:] for row in rows_of_the_overview(page)}
    assert rows["Product 3"] == ["2", "0.25", "0 – 1", "−1.75 −88%"]
    assert rows["Product 0"] == ["0", "fewer than 0.1", "–", "0"]
    assert rows["Product 9"] == ["0", "0", "–", "0"]


def test_where_hardly_anything_is_expected_no_customer_is_named(rare: Server, open_page: Open) -> None:
    page = ready(open_page(rare, f"#/product/{FEW}"), "#too_few")
    assert page.locator("#expected").inner_text() == "Fewer than 0.1"
    assert (
        page.locator("#too_few").inner_text() == "Fewer than 0.1 acquisitions are expected, so no customers are named."
    )
    said = page.locator(".product").inner_text()
    assert "Nobody acquired it from February 2015 to May 2016." in said
    assert "The mean probability is under 0.01% in each of them." in said
    assert page.locator("#expected_interval, .product .plot, .likeliest").count() == 0


def test_a_product_that_nobody_is_offered_has_no_charts(rare: Server, open_page: Open) -> None:
    page = ready(open_page(rare, f"#/product/{STOPPED}"), "#offered_to_nobody")
    assert "it is in nobody’s list" in page.locator("#offered_to_nobody").inner_text()
    assert page.locator(".product .card").count() == 1
    assert page.locator(".product svg, .product table, .product ol, #expected").count() == 0


def test_the_rules_that_remove_a_product_from_all_lists_are_named(rare: Server, open_page: Open) -> None:
    page = ready(open_page(rare, f"#/product/{REMOVED}", locale="es"), "#offered_to_nobody")
    assert page.locator("#offered_to_nobody li").all_inner_texts() == [
        "Ya nadie lo contrata, aunque por su ritmo anterior se esperaban diez contrataciones o más."
        " Para 19.253 clientes.",
        "No loans after <b>arrears</b>. Para 1 cliente.",
    ]


def test_a_product_that_the_set_does_not_have(services: Services, open_page: Open) -> None:
    page = open_page(services["small"], "#/product/u47")
    page.wait_for_selector(".callout.wrong:has-text('u47')")
    assert page.locator("#item").evaluate("(select) => select.selectedIndex") == -1, "each product can be chosen"
    assert page.locator(".overview [aria-current], [aria-busy]").count() == 0
    page.select_option("#item", "ind_ahor_fin_ult1")
    page.wait_for_selector("#product_name:has-text('Product 0')")


def test_where_nobody_of_the_likeliest_allows_offers_no_number_is_said(open_page: Open, tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    write_summed(recs, small_bank())
    write_consent(recs, [(10, "email", True, 0), (10, "sms", False, 0)])
    with running(recs, tmp_path, DEMO="1", CONSENT="required") as server:
        page = ready(open_page(server, "#/product"), "#product_name")
        who = page.locator("section:has(> h2:text-is('The most likely customers'))")
        assert " ".join(who.inner_text().split()) == (
            "The most likely customers The most likely customers are not shown,"
            " as they do not allow offers over every channel."
        )


def test_customers_without_consent_are_not_shown(open_page: Open, tmp_path: Path) -> None:
    recs, everybody = tmp_path / "recs", len(small_bank().customers)
    write_summed(recs, small_bank())
    write_consent(recs, [(10, "sms", False, 0), (11, "sms", True, 0)])
    with running(recs, tmp_path, DEMO="1", CONSENT="required") as server:
        page = ready(open_page(server, "#/product"), ".likeliest")
        assert page.locator(".likeliest a").all_inner_texts() == ["11"]
        assert page.get_by_text("More customers are not shown").count() == 1, "the set names some of many"
        says = f"{everybody - 1} more are not shown, as they do not allow offers over every channel."
        assert page.get_by_text(says).is_visible()


def test_by_segment_stands_beside_the_average_of_the_bank(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/product/ind_ahor_fin_ult1"), ".likeliest")
    card = page.locator("section:has(> h2:text('By segment'))")
    assert card.locator("tbody .figure").all_inner_texts() == ["1%", "2%", "3%"]
    assert [one.get_attribute("x1") for one in card.locator("tbody .mark").all()] == ["33.333%"] * 3
