"""The files of the page: texts in both languages; no code that runs text or sends requests to another host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.services.conftest import SERVICES, Server

FILES = sorted((SERVICES / "page").iterdir())
PLACES = re.compile(r"\{(\w+)\}")
UNSAFE = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\bstyle="
IMPORT = """async () => {
  const [en, es] = await Promise.all(["en", "es"].map((code) => import(`/page/text_${code}.js`)));
  return [en.default, es.default];
}"""


def places(text: Any) -> set[str]:
    """Names of the values in a text, or in each of its forms."""
    return {name for form in (text.values() if isinstance(text, dict) else [text]) for name in PLACES.findall(form)}


def test_both_languages_say_the_same(services: dict[str, Server], browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{services['small'].url}/")
    english, spanish = page.evaluate(IMPORT)
    page.close()
    assert set(english) <= set(spanish)
    for name, text in english.items():
        assert places(text) == places(spanish[name]) and type(text) is type(spanish[name]), name
    of_the_bank = {name.split("_")[0] for name in set(spanish) - set(english)}
    assert of_the_bank == {"rule", "group", "field", "band"}


def test_every_word_that_is_asked_for_is_there(services: dict[str, Server], browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{services['small'].url}/")
    english, _ = page.evaluate(IMPORT)
    page.close()
    code = "".join(path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".js")
    asked = set(re.findall(r'\bt\("(\w+)"', code))
    assert len(asked) > 80 and asked <= set(english)


def test_no_text_is_taken_for_html_or_code() -> None:
    for path in FILES:
        text = Path(path).read_text(encoding="utf-8")
        unsafe = re.findall(UNSAFE, text)
        assert not unsafe, (path.name, unsafe)
        elsewhere = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+\.\w+[^\s\"']*", text)) - {"http://www.w3.org/2000/svg"}
        assert not elsewhere, (path.name, elsewhere)
        assert len(text.splitlines()) < 200, path.name


def test_the_first_view_needs_no_second_round_of_modules() -> None:
    """Each module that the customer view imports, however deep, is named in index.html: one round of requests."""
    folder = SERVICES / "page"
    named = set(re.findall(r'rel="modulepreload" href="page/([\w]+\.js)"', (folder / "index.html").read_text()))
    wanted, left = set(), ["main.js", "customer_view.js"]
    while left:
        name = left.pop()
        wanted.add(name)
        imported = re.findall(r'^import .*?from "\./([\w]+\.js)";', (folder / name).read_text(), flags=re.MULTILINE)
        left += [one for one in imported if one not in wanted]
    assert wanted - {"main.js"} == named
