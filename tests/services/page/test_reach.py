"""Accessibility: by keyboard only, with names for screen readers, with readable contrasts (axe-core)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.services.conftest import Server
from tests.services.page.conftest import Open, ready, visit

Services = dict[str, Server]


ALSO = {"landmark-unique"}  # of less impact for axe

SEEN = """() => {
  const focused = document.activeElement;
  return focused === document.body || getComputedStyle(focused).outlineStyle !== "none";
}"""


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until `selector` has the focus; the focus is visible at each step."""
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


def test_by_keyboard_alone(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"]))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    tab_to(page, "#user_id")
    page.keyboard.press("Control+A")
    page.keyboard.type("18")
    page.keyboard.press("Enter")
    page.wait_for_selector(".status:text('Customer 18: 2 recommendations')")
    assert page.evaluate("document.activeElement.id") == "user_id", "the keyboard keeps its place"
    tab_to(page, "#random")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !location.hash.endsWith('/18') && /[0-9]$/.test(location.hash)")
    ready(page)
    assert page.evaluate("document.activeElement.id") == "random"
    tab_to(page, "details:has(#curl) > summary")
    page.keyboard.press("Enter")
    assert page.locator("#curl").is_visible()
    page.evaluate("document.activeElement.blur()")
    tab_to(page, "a[data-view=product]")
    page.keyboard.press("Enter")
    ready(page, ".likeliest")
    assert page.evaluate("document.activeElement.tagName") == "H1", "a screen reader hears the new view"
    tab_to(page, "#item")
    page.keyboard.press("Home")
    page.wait_for_url(re.compile("ind_cco_fin_ult1|ind_ahor_fin_ult1"))
    ready(page, ".likeliest")
    assert page.evaluate("document.activeElement.id") == "item"
    tab_to(page, ".likeliest a")
    page.keyboard.press("Enter")
    ready(page, "#user_id")
    page.evaluate("document.activeElement.blur()")
    tab_to(page, "a[data-view=model]")
    page.keyboard.press("Enter")
    ready(page, "#model_card")
    tab_to(page, "#model_card > summary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".model-card h3")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["small", "large"])
def test_axe_finds_nothing_serious(services: Services, open_page: Open, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_page(services[name], color_scheme=scheme, reduced_motion="reduce")
    for fragment, shown in (
        ("#/customer/10", ".list"), ("#/customer/999", ".callout"), ("#/product", ".likeliest"),
        ("#/model", "#model_card"),
        ("#/customer/x", ".callout.wrong"),
    ):  # fmt: skip
        visit(page, fragment, shown)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        if fragment == "#/model":
            page.wait_for_selector(".model-card h3")
        violations = axe.Axe().run(page).response["violations"]
        serious = [one for one in violations if one["impact"] in ("serious", "critical") or one["id"] in ALSO]
        elements = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in serious]
        assert not elements, (fragment, elements)
