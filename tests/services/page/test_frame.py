"""The frame of the page: tabs that keep what their view showed."""

from __future__ import annotations

from typing import Any

from tests.services.conftest import Server
from tests.services.page.conftest import Open, ready

Services = dict[str, Server]


def to(page: Any, view: str, shown: str) -> None:
    page.click(f"#views a[data-view={view}]")
    page.wait_for_selector(f"#views a[data-view={view}][aria-current]")
    ready(page, shown)


def test_a_tab_goes_back_to_the_customer_and_the_product_it_showed(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18"))
    to(page, "product", ".likeliest")
    page.select_option("#item", "ind_recibo_ult1")
    page.wait_for_url("**/#/product/ind_recibo_ult1")
    to(page, "model", "#model_card")
    to(page, "customer", ".list")
    page.wait_for_selector(".status:text('Customer 18: 2 recommendations')")
    assert page.url.endswith("#/customer/18") and page.input_value("#user_id") == "18"
    to(page, "product", ".likeliest")
    assert page.url.endswith("#/product/ind_recibo_ult1") and page.input_value("#item") == "ind_recibo_ult1"


def test_a_tab_goes_back_to_a_random_customer_too(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"]), ".list")
    assert page.locator("#random").inner_text() == "Random customer"
    user = page.input_value("#user_id")
    to(page, "model", "#model_card")
    to(page, "customer", ".list")
    page.wait_for_url(f"**/#/customer/{user}")
