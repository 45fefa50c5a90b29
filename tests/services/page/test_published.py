"""The views over trained and published sets of two banks; pictures of them for the documents.

`WRITE_PICTURES=services/recs python -m pytest tests/services/page/test_published.py -k pictures` writes
`docs/page_*.png` from the set in use there.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.conftest import running
from tests.services.page.conftest import Open, ready, visit

ROOT = Path(__file__).resolve().parents[3]
PICTURES = os.environ.get("WRITE_PICTURES")
MOST_BYTES = 150_000


def python(*arguments: str | Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module", params=["santander", "credit_union"])
def recs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published set: of the simulated bank, and of an example that describes itself."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "santander":
        python("-m", "bankrec", "simulate", "--customers", "2000", "--output", folder / "raw.csv")
        python("-m", "bankrec", "run", "--input", folder / "raw.csv", "--workdir", folder)
        return folder / "recs"
    bank = ["--bank", ROOT / "examples/credit_union/bank.toml", "--data", folder / "data/snapshots"]
    python("examples/generate.py", "credit_union", "--customers", "2000", "--output", folder / "data")
    python("-m", "bankrec", "train", *bank, "--output", folder / "models")
    python("-m", "bankrec", "recommend", *bank, "--models", folder / "models", "--publish-to", folder / "recs")
    return folder / "recs"


def figures(text: str) -> int:
    return int("".join(filter(str.isdigit, text)))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_view_of_a_published_set(recs: Path, open_page: Open, tmp_path: Path) -> None:
    with running(recs, tmp_path, DEMO="1") as server:
        summary = httpx.get(f"{server.url}/console/summary").raise_for_status().json()
        page = ready(open_page(server), ".list")
        user = page.locator(".facts dd").first.inner_text()
        answer = server.ask(int(user)).json()
        assert page.locator(".list .name").all_inner_texts() == [one["name"] for one in answer["recommendations"]]
        names = {one["item_id"]: one["names"]["en"] for one in httpx.get(f"{server.url}/products").json()}
        page.click("#views a[data-view=product]")
        ready(page, ".likeliest")
        for item in list(summary["products"])[:5]:
            page.select_option("#item", item)
            page.wait_for_url(f"**/#/product/{item}")
            product = httpx.get(f"{server.url}/console/products/{item}").json()
            page.wait_for_function(
                "(name) => document.querySelector('#product_name').textContent.startsWith(`${name} · `)",
                arg=names[item],
            )
            named = [one for one, _ in product["likeliest"]] if product["expected"] >= 0.1 else []
            assert page.locator(".likeliest a").all_inner_texts() == named
            counts = page.locator(".product table.bars").first.locator("tbody .figure").all_inner_texts()
            assert [figures(text) for text in counts] == (
                product["histogram"]["counts"] if product["offered_to"] else []
            )
        page.click("#views a[data-view=model]")
        ready(page, "#model_card")
        assert f"{summary['customers']:,}" in page.locator("main .facts").first.inner_text()
        page.click("#model_card summary")
        page.wait_for_selector(".model-card h3")


def likeliest_of_all(server: Any, summary: dict[str, Any]) -> str:
    """The customer for the picture: the most likely one for the product with the largest forecast."""
    item = max(summary["products"], key=lambda one: summary["products"][one]["expected"])
    user: str = httpx.get(f"{server.url}/console/products/{item}").json()["likeliest"][0][0]
    return user


@pytest.mark.skipif(PICTURES is None, reason="WRITE_PICTURES names no folder of sets")
def test_pictures(open_page: Open, tmp_path: Path) -> None:
    from PIL import Image

    with running((ROOT / str(PICTURES)).resolve(), tmp_path, DEMO="1") as server:
        summary = httpx.get(f"{server.url}/console/summary").raise_for_status().json()
        look = {"viewport": {"width": 1040, "height": 1160}, "device_scale_factor": 1.5, "color_scheme": "light"}
        page = ready(open_page(server, **look), ".list")
        for name, fragment, shown in (
            ("customer", f"#/customer/{likeliest_of_all(server, summary)}", ".list"),
            ("product", "#/product", ".likeliest"),
            ("model", "#/model", "#model_card"),
        ):  # fmt: skip
            visit(page, fragment, shown)
            page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
            path = ROOT / "docs" / f"page_{name}.png"
            taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            taken.quantize(method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
            assert path.stat().st_size < MOST_BYTES, path
