"""The table of all products: its total, its changes and its width; the way from a row to the product's figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.conftest import Server, running
from tests.services.made_sets import sign_again, small_bank
from tests.services.made_summaries import product, write_summed
from tests.services.page.conftest import Open, ready, visit

Services = dict[str, Server]
MORE, LESS, ONE = "ind_cco_fin_ult1", "ind_aval_fin_ult1", "ind_ahor_fin_ult1"
OTHERS = 21  # products, of each of which 10 were acquired and 12 are expected
IN_VIEW = "document.getElementById('product_name').getBoundingClientRect().top"

HELD = """() => {
  const held = new Promise((go) => { window.release = go; }), late = fetch;
  fetch = async (...request) => { await held; return late(...request); };
}"""


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The small bank with few acquisitions and the interval of all products together."""
    folder, bank = tmp_path_factory.mktemp("counted"), small_bank()
    products = {item: product(bank, bit) for bit, item in enumerate(bank.description.items)}
    for item, block in products.items():
        last, expected = {MORE: (205, 220.6), LESS: (95, 88.7), ONE: (1, 1.004)}.get(item, (10, 12.0))
        block |= {"acquisitions": [["2016-05", last]], "expected": expected, "interval": [0, 400]}
    products[ONE] |= {"offered_to": len(bank.customers)}
    made = write_summed(folder / "recs", bank, products=products)
    sign_again(made, expected_interval={"share": 0.8, "by_product": {}, "together": [480, 640]})
    with running(folder / "recs", folder, DEMO="1") as server:
        yield server


def rows(page: Any, body: str) -> dict[str, list[str]]:
    found = [[" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
             for row in page.locator(f".overview {body} tr").all()]  # fmt: skip
    return {name: figures for name, *figures in found}


def test_the_total_has_the_interval_of_all_products_together_and_stays_first(counted: Server, open_page: Open) -> None:
    page = ready(open_page(counted, "#/product"), "#product_name")
    last, expected = 205 + 95 + 1 + 10 * OTHERS, 220.6 + 88.7 + 1.004 + 12 * OTHERS
    assert (last, round(expected)) == (511, 562)
    for head in ("Product", "Change"):
        assert rows(page, "tbody:first-of-type") == {"All products": ["511", "562", "480 – 640", "+51 +10%"]}
        page.click(f".overview button:text-is('{head}')")
    assert page.locator("h2:text-is('24 products: last month and next month')").count() == 1


def test_a_change_agrees_with_the_figures_beside_it(counted: Server, open_page: Open) -> None:
    page = ready(open_page(counted, "#/product"), "#product_name")
    shown = rows(page, "tbody:last-of-type")
    assert len(shown) == 24
    assert shown["Product 2"] == ["205", "221", "0 – 400", "+16 +8%"]
    assert shown["Product 1"] == ["95", "89", "0 – 400", "−6 −6%"]
    assert shown["Product 0"] == ["1", "1", "0 – 400", "0"]


def test_without_an_interval_of_all_together_the_total_has_none(open_page: Open, tmp_path: Any) -> None:
    bank = small_bank()
    products = {item: product(bank, bit) for bit, item in enumerate(bank.description.items)}
    products[ONE] |= {"acquisitions": [], "expected": None}
    made = write_summed(tmp_path / "recs", bank, products=products)
    sign_again(made, expected_interval=None)
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/product"), "#product_name")
        assert rows(page, "tbody:first-of-type") == {"All products": ["–", "–", "–", "–"]}


@pytest.mark.parametrize(("lang", "unit"), [("en", "1 acquisition"), ("es", "1 contratación")])
def test_one_acquisition_and_customers_who_are_all_listed(
    counted: Server, open_page: Open, lang: str, unit: str
) -> None:
    page = ready(open_page(counted, f"#/product/{ONE}", locale=lang), ".likeliest")
    assert page.locator(".big").inner_text() == unit
    card = page.locator("section:has(> .likeliest)")
    assert card.locator(".likeliest li").count() == len(small_bank().customers)
    assert card.locator("p").count() == 0, "nobody is left out"


def test_the_whole_table_is_seen_and_on_a_phone_the_names_stay(counted: Server, open_page: Open) -> None:
    page = ready(open_page(counted, "#/product", viewport={"width": 360, "height": 800}), "#product_name")
    box = page.locator(".scroll:has(> .overview)")
    assert box.evaluate("(box) => box.scrollHeight - box.clientHeight") <= 1, "no inner height"
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")
    left = "(box) => box.querySelector('tbody:last-of-type th').getBoundingClientRect().left"
    before = box.evaluate(left)
    box.evaluate("(box) => { box.scrollLeft = 200; }")
    assert box.evaluate(left) == before
    assert box.evaluate("(box) => getComputedStyle(box).backgroundImage").count("linear-gradient") == 2, "a hint"


def test_a_product_comes_into_view_from_a_link_and_from_its_row(counted: Server, open_page: Open) -> None:
    page = ready(open_page(counted, "#/customer/18", viewport={"width": 900, "height": 600}), ".list")
    visit(page, f"#/product/{MORE}", "#product_name")
    assert page.locator("h2#product_name").inner_text() == "Product 2 · Accounts"
    page.wait_for_function(f"() => Math.abs({IN_VIEW}) < 100")
    for item in (MORE, LESS):
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_function(f"() => {IN_VIEW} > 500")
        page.click(f".overview a[href='#/product/{item}']")
        page.wait_for_function(f"() => Math.abs({IN_VIEW}) < 100")
    assert page.locator("#product_name").inner_text() == "Product 1 · Accounts"


def test_figures_of_the_product_before_are_dimmed_while_the_next_is_loaded(counted: Server, open_page: Open) -> None:
    page = ready(open_page(counted, "#/product"), "#product_name")
    page.evaluate(HELD)
    page.select_option("#item", LESS)
    page.wait_for_selector(".product[aria-busy=true]")
    assert page.locator(".status:visible").inner_text() == "Loading…"
    page.evaluate("release()")
    page.wait_for_selector("#product_name:has-text('Product 1 ')")
    assert page.locator("[aria-busy]").count() == 0
    assert page.locator(".status").inner_text() == "Product 1", "a screen reader hears it"
