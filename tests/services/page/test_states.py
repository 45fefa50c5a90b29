"""No set yet, an older set, another bank's set, a key: each is shown correctly, with what to do."""

from __future__ import annotations

from pathlib import Path

from tests.services.conftest import Server, running
from tests.services.made_banks import credit_union, universal_bank
from tests.services.made_sets import small_bank, write_bank
from tests.services.made_summaries import write_summed
from tests.services.page.conftest import LONG, Open, picture, ready


def test_no_set_yet_until_one_comes(open_page: Open, tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    recs.mkdir()
    with running(recs, tmp_path, DEMO="1") as server:
        page = open_page(server, allowed={503}, locale="es")
        page.wait_for_selector("h1:text('Aún no hay ningún conjunto en uso')")
        assert page.locator(".state code").all_inner_texts()[-1] == "make publish"
        picture(page, "no_set")
        write_summed(recs, small_bank())
        ready(page)  # by itself, with the next look
        assert page.locator(".list li").count() > 0


def test_an_older_set_has_customers_and_says_what_is_missing(open_page: Open, tmp_path: Path) -> None:
    write_bank(tmp_path / "recs", small_bank())
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/customer/18", allowed={404}))
        assert page.locator(".list li").count() == 2 and page.locator(".compared").count() == 0
        assert "Publish it again" in page.locator(".customer").inner_text()
        for view in ("product", "model"):
            page.click(f"#views a[data-view={view}]")
            page.wait_for_selector(".callout code:text('make publish')")
            assert page.locator("h1").count() == 1


def test_a_key(open_page: Open, tmp_path: Path) -> None:
    write_summed(tmp_path / "recs", small_bank())
    with running(tmp_path / "recs", tmp_path, CONSOLE="1", API_KEY="s3cret") as server:
        page = open_page(server, "#/customer/18", allowed={401})
        page.wait_for_selector("#key")
        page.fill("#key", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector(".wrong:text('did not accept')")
        picture(page, "key")
        page.fill("#key", "s3cret")
        page.keyboard.press("Enter")
        ready(page)
        assert page.locator(".list .name").all_inner_texts() == ["Product 2", "Product 23"]
        assert "X-API-Key: ..." in page.locator("#curl").text_content()
        assert "s3cret" not in page.content()
        assert not page.locator("#link_set").is_visible(), "it would open without the key"
        assert page.locator("footer").inner_text() == "API documentation · Metrics"
        for view, shown in (("product", ".likeliest"), ("model", "#model_card")):
            page.click(f"#views a[data-view={view}]")
            page.wait_for_selector(shown)


def test_another_banks_set_comes_into_use_while_the_page_is_open(open_page: Open, tmp_path: Path) -> None:
    recs = tmp_path / "recs"
    write_summed(recs, universal_bank())
    with running(recs, tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/customer/999", allowed={404, 422}, locale="pt-BR"))
        assert page.locator("#k").get_attribute("max") == "48"
        assert page.locator("#segment option").all_inner_texts() == ["–", "retail", "private"]
        write_summed(recs, credit_union())
        server.wait_for(lambda: server.ask(10).json()["set_id"] == credit_union().set_id)
        page.fill("#user_id", "11")
        page.keyboard.press("Enter")  # asks in a language that the new set does not have
        page.wait_for_selector(".list .name:text('Product 4'), .list .name:text('Product 0')")
        ready(page)
        assert page.locator("#k").get_attribute("max") == "9"
        assert page.locator("#lang option").all_inner_texts() == ["English", "Español"]
        assert page.locator("#bank_name").inner_text() == "credit union"
        page.click("#views a[data-view=product]")
        ready(page, ".likeliest")
        assert page.locator("#item option").count() == 9


def test_a_service_that_is_gone(open_page: Open, tmp_path: Path) -> None:
    write_summed(tmp_path / "recs", small_bank())
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/customer/18", allowed={"net::ERR_FAILED"}))
        page.route("**/recommendations", lambda route: route.abort())
        page.click("#random")
        page.wait_for_selector("h1:text('The service does not answer')")
        page.unroute("**/recommendations")
        page.click("#again")
        ready(page)


def test_a_slow_network_says_that_it_loads_and_the_last_question_wins(
    services: dict[str, Server], open_page: Open
) -> None:
    """Answers take 0.3 s: the page shows at once that it loads; of two customers requested, the second one is shown."""
    page = ready(open_page(services["small"], "#/customer/18"))
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 300, "downloadThroughput": 100_000, "uploadThroughput": 100_000}
    wire.send("Network.emulateNetworkConditions", slow)
    page.evaluate(f"location.hash = '#/customer/{LONG}'")
    page.wait_for_selector("[aria-busy=true]")
    page.evaluate("location.hash = '#/customer/18'")
    page.wait_for_selector("[aria-busy=true]", state="detached")
    ready(page)
    assert page.locator(".list .name").all_inner_texts() == ["Product 2", "Product 23"]
