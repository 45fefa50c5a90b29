"""The frame of the page: tabs that keep what their view showed, what is loading, links, language."""

from __future__ import annotations

from typing import Any

from tests.services.conftest import Server
from tests.services.page.conftest import Open, ready

Services = dict[str, Server]


def to(page: Any, view: str, shown: str) -> None:
    page.click(f"#views a[data-view={view}]")
    page.wait_for_selector(f"#views a[data-view={view}][aria-current]")
    ready(page, shown)


class HeldBack:
    """Answers whose address ends with `name` wait for `release`."""

    def __init__(self, page: Any, name: str) -> None:
        self._page, self._name = page, f"**/{name}"
        self._routes: list[Any] = []
        page.route(self._name, lambda route: self._routes.append(route))

    def release(self) -> None:
        while not self._routes:
            self._page.wait_for_timeout(20)
        for route in self._routes:
            route.continue_()
        self._page.unroute(self._name)


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


def test_links_of_the_footer_open_beside_the_page(services: Services, open_page: Open) -> None:
    """The page forgets its key, its customer and what was typed when another page takes its place."""
    page = ready(open_page(services["small"], "#/customer/18"))
    assert page.locator("footer").inner_text() == "API documentation · The set in use · Metrics"
    for link in page.locator("footer a").all():
        assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")


def test_a_slow_network_marks_the_tab_at_once_and_says_that_it_loads(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18"))
    for view, shown in (("product", ".likeliest"), ("model", "#model_card")):
        held = HeldBack(page, f"{view}_view.js")
        page.click(f"#views a[data-view={view}]")
        page.wait_for_selector("main > .status[role=status]:text-is('Loading…')")
        assert page.locator("#views a[aria-current]").get_attribute("data-view") == view
        assert page.locator("main .card").count() == 0, "the other view is gone"
        held.release()
        ready(page, shown)


def test_data_of_a_view_that_are_late_are_announced_too(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18"))
    held = HeldBack(page, "console/sets")
    with page.expect_request("**/console/sets"):
        page.click("#views a[data-view=model]")
    assert page.locator("main > .status").inner_text() == "Loading…"
    held.release()
    ready(page, "#model_card")


def test_the_language_is_kept_when_the_page_is_loaded_again(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18", viewport={"width": 900, "height": 400}))
    page.fill("#user_id", "19")
    page.evaluate("scrollTo(0, 200)")
    page.select_option("#lang", "es")
    page.wait_for_selector("h1:text('¿Qué contratará este cliente?')")
    page.wait_for_selector(".status:has-text('Cliente 18')")
    page.wait_for_function("() => document.getElementById('user_id').value === '19'")
    page.wait_for_function("() => scrollY === 200")
    page.reload()
    page.wait_for_selector("h1:text('¿Qué contratará este cliente?')")
    ready(page)
    assert page.input_value("#lang") == "es" and page.input_value("#user_id") == "18"


def test_without_storage_the_language_may_still_be_chosen(services: Services, open_page: Open) -> None:
    page = open_page(services["small"], "#/model")
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } });")
    page.goto("about:blank")
    page.goto(f"{services['small'].url}/#/customer/18")
    ready(page)
    page.select_option("#lang", "es")
    page.wait_for_selector("h1:text('¿Qué contratará este cliente?')")
