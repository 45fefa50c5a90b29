"""The customer view shows what the API answers, for every kind of customer."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.conftest import Server, running
from tests.services.consent_files import write_consent
from tests.services.made_sets import small_bank
from tests.services.made_summaries import write_summed
from tests.services.page.conftest import LONG, SCRIPT, Open, picture, ready

Services = dict[str, Server]
UNKNOWN = "This customer is not in the data of May 28, 2016. Check the number."


def texts(page: Any, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def names_of(server: Server, lang: str) -> dict[str, str]:
    return {one["item_id"]: one["names"][lang] for one in httpx.get(f"{server.url}/products").json()}


@pytest.mark.parametrize(("name", "lang"), [("small", "en"), ("small", "es"), ("large", "pt-BR")])
def test_it_opens_with_a_customer_as_the_api_answers(services: Services, open_page: Open, name: str, lang: str) -> None:
    server = services[name]
    page = ready(open_page(server, locale=lang))
    page.wait_for_url(re.compile(r"#/customer/\d+$"))
    user = page.url.rsplit("/", 1)[1]
    answer = server.ask(int(user), lang=lang).json()
    names, standings = names_of(server, lang), httpx.get(f"{server.url}/customers/{user}/why-not").json()["products"]
    assert page.input_value("#user_id") == user
    assert texts(page, ".list .name") == [one["name"] for one in answer["recommendations"]]
    shown = [float(re.sub(r"[^\d.]", "", text.replace(",", "."))) for text in texts(page, ".list .score")]
    assert shown == pytest.approx([100 * one["score"] for one in answer["recommendations"]], rel=6e-3)
    held = [names[one["item_id"]] for one in standings if one["state"] == "held"]
    assert sorted(texts(page, "section:has(> h2:text-matches('^(Holds|Tiene)')) .chips li")) == sorted(held)
    barred = [names[one["item_id"]] for one in standings if one["state"] == "barred"]
    assert sorted(texts(page, ".barred .chips li")) == sorted(barred)


def test_bars_stand_beside_the_bank_average_and_reasons_are_sentences(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18"))
    assert texts(page, ".list .name") == ["Product 2", "Product 23"]
    assert texts(page, ".list .score") == ["50%", "25%"]
    assert texts(page, ".axis span") == ["0%", "25%", "50%"]
    widths = [bar.get_attribute("width") for bar in page.locator(".list rect.value").all()]
    marks = [mark.get_attribute("x1") for mark in page.locator(".list .mark").all()]
    assert (widths, marks) == (["100.000%", "50.000%"], ["6.000%", "12.000%"])
    assert texts(page, ".compared") == ["17 times the bank’s average of 3%.", "4.2 times the bank’s average of 6%."]
    assert texts(page, ".key li") == ["this customer", "average of customers who may be offered it"]
    assert texts(page, ".reason")[0] == "Had it until February 2016."
    picture(page, "customer")


def test_a_number_beyond_two_to_the_53_stays_exact(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["large"], f"#/customer/{LONG}"))
    assert texts(page, ".list .name") == ["Product 47", "Product 40"]
    page.get_by_text("JSON", exact=True).click()
    answer = services["large"].ask(LONG, lang="en").json()
    shown = json.loads(page.locator("#json").inner_text())
    assert shown | {"request_id": ""} == answer | {"request_id": ""}
    assert page.locator(".facts dd").first.inner_text() == str(LONG)
    assert not any(str(LONG) in url for url in page.asked), "a customer's number is in an address"
    assert str(LONG) not in services["large"].log.read_text()


@pytest.mark.parametrize(
    ("user", "standing", "listed"),
    [(15, "This customer has died.", 0), (16, "This customer asked not to receive offers.", 0),
     (14, "There is nothing left to offer.", 0), (999, UNKNOWN, 3)],
)  # fmt: skip
def test_every_kind_of_customer(services: Services, open_page: Open, user: int, standing: str, listed: int) -> None:
    page = ready(open_page(services["small"], f"#/customer/{user}"))
    assert page.locator(".callout strong").inner_text() == standing
    assert page.locator(".list li").count() == listed
    picture(page, f"customer_{user}")


def test_a_stranger_may_state_segment_and_age(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/999"))
    assert texts(page, ".list .name") == ["Product 23", "Product 2", "Product 22"]
    page.select_option("#segment", "UNIVERSITARIO")
    page.fill("#age", "20")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_selector(".list li:nth-child(1) .name:text('Product 12')")
    assert texts(page, ".list .name") == ["Product 12", "Product 2"]
    assert '"segment": "UNIVERSITARIO", "age": 20}' in page.locator("#curl").text_content()
    assert page.evaluate("document.activeElement.id") == "state", "the keyboard stays where it was"


def test_a_rule_that_the_set_does_not_state(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18"))
    assert texts(page, ".barred h3") == ["A rule of the bank excludes these products."]
    assert "Publish with --explain-removals" in page.locator(".barred .note").inner_text()


def test_no_consent(open_page: Open, tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    write_summed(recs, small_bank())
    write_consent(recs, [(10, "sms", False, 0), (11, "sms", True, 0)])
    with running(recs, tmp_path, DEMO="1", CONSENT="required") as server:
        page = ready(open_page(server, "#/customer/10"))
        assert page.locator(".callout strong").inner_text() == "This customer has not allowed offers."
        assert "these could be ranked" in page.locator(".barred h3").first.inner_text()
        page = ready(open_page(server, "#/customer/11"))
        assert "given" in page.locator(".facts").inner_text() and page.locator(".list li").count() == 3


def test_what_is_asked_for_wrongly_says_so_and_shows_nobody(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/18", allowed={422}))
    for field, wrong, says in (("#user_id", "12x", "only digits"), ("#k", "99", "from 1 to 24")):
        before = page.input_value(field)
        page.fill(field, wrong)
        page.keyboard.press("Enter")
        assert says in page.locator("#ask_wrong").inner_text()
        assert page.evaluate("document.activeElement.id") == field[1:]
        page.fill(field, before)
    for wrong in ("9999999999999999999", "12x"):
        page.evaluate(f"location.hash = '#/customer/{wrong}'")
        page.wait_for_selector(".callout.wrong")
        assert page.locator(".list li").count() == 0
        page.evaluate("location.hash = '#/customer/18'")
        page.wait_for_selector(".list li")


def test_as_many_as_asked_for_and_another_customer(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/12"))
    assert page.locator(".list li").count() == 5
    page.fill("#k", "24")
    page.keyboard.press("Enter")
    page.wait_for_selector(".list li:nth-child(24)")
    assert page.get_by_text("This customer can be offered").count() == 0, "as many as asked for"
    page.evaluate("location.hash = '#/customer/10'")
    page.wait_for_selector(".note:text-is('This customer can be offered 7 products.')")
    page.evaluate("location.hash = '#/customer/14'")  # nobody whom the service would choose
    page.wait_for_selector(".callout.nothing_left")
    page.click("#random")
    page.wait_for_selector(".list li")
    page.wait_for_function("() => location.hash !== '#/customer/14' && /[0-9]$/.test(location.hash)")
    page.go_back()
    page.wait_for_selector(".callout.nothing_left")


def test_the_curl_line_works(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/customer/15889", locale="es"))
    page.get_by_text("curl", exact=True).click()
    done = subprocess.run(["sh", "-c", page.locator("#curl").inner_text()], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert (answer["source"], answer["user_id"], answer["k"]) == ("personal", 15889, 5)
    assert texts(page, ".list .name") == [one["name"] for one in answer["recommendations"]]


def test_a_product_named_as_a_script_is_shown_and_not_run(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["large"], "#/customer/10"))
    assert texts(page, ".list .name")[0] == SCRIPT
    page.locator(".list .name").first.click()
    ready(page, ".likeliest")
    assert SCRIPT in page.locator("#product_name").inner_text()
    assert page.locator("main script").count() == 0  # and `open_page` looks whether anything called alert


def test_languages(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["large"], "#/customer/10", locale="pt-BR"))
    assert texts(page, "#lang option") == ["Português (Brasil)", "Español", "English"]
    assert page.get_attribute("html", "lang") == "en", "the page has no Portuguese of its own"
    assert texts(page, ".list .name")[1] == "Produto 46"
    page.select_option("#lang", "es")
    page.wait_for_selector("h1:text('¿Qué contratará este cliente?')")
    ready(page)
    assert texts(page, ".list .name")[1] == "Producto 46" and page.get_attribute("html", "lang") == "es"
    assert texts(page, "#views a") == ["Cliente", "Producto", "Modelo"]
    assert "Lo tuvo hasta febrero de 2016." in texts(page, ".reason")
