"""At three widths, in light and in dark: nothing scrolls sideways, nothing is cut off, no text lies over another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.conftest import Server
from tests.services.page.conftest import LONG, Open, picture, visit

VIEWS = {
    "customer": ("#/customer/11", ".list"),
    "product": ("#/product", ".likeliest"),
    "model": ("#/model", "#model_card"),
    "stranger": ("#/customer/999", ".callout"),
    "long": (f"#/customer/{LONG}", ".list"),
}
WRONG = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("width", [360, 900, 1920])
def test_nothing_is_cut_or_lies_over_another(
    services: dict[str, Server], open_page: Open, name: str, width: int
) -> None:
    scheme, lang = ("dark", "es") if width == 360 else ("light", "pt-BR" if name == "large" else "en")
    page = open_page(
        services[name],
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        locale=lang,
        reduced_motion="reduce",
    )
    many = 48 if name == "large" else 3  # that customer 11 may be offered
    for view, (fragment, shown) in VIEWS.items():
        visit(page, fragment, shown)
        if view == "customer":
            page.fill("#k", str(many))
            page.keyboard.press("Enter")
            page.wait_for_selector(f".list li:nth-child({many})")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        if view == "model":
            page.wait_for_selector(".model-card h3")
        assert page.evaluate(WRONG) == [], (view, width)
        picture(page, f"{name}_{view}_{width}")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(15, 21, 27)" if scheme == "dark" else "rgb(244, 246, 248)")
