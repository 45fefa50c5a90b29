"""The calibration on the page: expected beside observed acquisitions, in total and by band of probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Server, running
from tests.services.made_sets import small_bank
from tests.services.made_summaries import model, write_summed
from tests.services.page.conftest import Open, ready

Services = dict[str, Server]
TOO_LOW = {"expected": 0.1, "observed": 0.2, "pairs": 10_000}
TOO_HIGH = {"expected": 0.5, "observed": 0.4, "pairs": 10_000}
WITHIN = {"expected": 0.1, "observed": 0.12, "pairs": 10}


def test_the_forecast_of_the_backtest_is_stated_in_total_with_its_interval(services: Services, open_page: Open) -> None:
    page = ready(open_page(services["small"], "#/model"))
    assert page.locator("#calibration_total").inner_text() == (
        "31,559 acquisitions were expected from the lists for May 2016,"
        " 35,761 were observed of the products in the lists: 12% fewer expected than observed."
        " The 80% interval of the forecast is 26,768 to 37,205: what was observed is within it."
    )
    page.get_by_text("Show the figures as a table").click()
    rows = page.locator(".chart tbody tr").all_inner_texts()
    assert rows[0].split("\t")[:2] == ["10%", "12%"] and rows[0].split("\t")[3] == "10"
    low, high = page.evaluate("import('/page/wilson.js').then(({ wilson }) => wilson(0.12, 10))")
    assert (round(low, 4), round(high, 4)) == (0.0244, 0.4265)
    assert rows[0].split("\t")[2] == "2.44% – 42.7%"


@pytest.mark.parametrize(
    ("expected", "says"),
    [(110, "10% more expected than observed."), (100.2, "about as many expected as observed."),
     (92, "8% fewer expected than observed.")],
)  # fmt: skip
def test_the_difference_has_its_base(open_page: Open, tmp_path: Path, expected: float, says: str) -> None:
    forecast = {"expected": expected, "interval": [80, 120], "observed": 100, "month": "2016-05"}
    write_summed(tmp_path / "recs", small_bank(), model=model() | {"forecast": forecast})
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/model"))
        assert f": {says} The 80% interval" in page.locator("#calibration_total").inner_text()


@pytest.mark.parametrize(
    ("bands", "says"),
    [([TOO_LOW, TOO_LOW, TOO_HIGH, WITHIN], "In 3 of 4 bands the expected share is outside the interval of the"
      " observed one: too low in 2, too high in 1."),
     ([WITHIN], "In 0 of 1 band the expected share is outside the interval of the observed one.")],
)  # fmt: skip
def test_the_bands_outside_of_their_interval_are_counted(
    open_page: Open, tmp_path: Path, bands: list[dict[str, Any]], says: str
) -> None:
    write_summed(tmp_path / "recs", small_bank(), model=model() | {"calibration": bands})
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        page = ready(open_page(server, "#/model"))
        assert page.locator("#calibration_bands").inner_text() == says
        drawn = page.locator(".plot .dot, .plot .whisker").evaluate_all("(all) => all.map((one) => one.tagName)")
        assert drawn == ["circle"] * len(bands) + ["line"] * len(bands), "whiskers lie over the dots"
        dot = page.locator(".plot .dot").first.evaluate("(one) => getComputedStyle(one).fill")
        whisker = page.locator(".plot .whisker").first.evaluate("(one) => getComputedStyle(one).stroke")
        assert dot != whisker, "a whisker is seen on its dot"


def test_the_interval_of_a_share_has_the_share_within_it(services: Services, open_page: Open) -> None:
    cases = [(share, n) for share in (0, 1e-5, 0.12, 0.5, 0.999, 1) for n in (1, 10, 10**6)]
    page = ready(open_page(services["small"], "#/model"))
    intervals = page.evaluate(
        "(cases) => import('/page/wilson.js').then(({ wilson }) => cases.map((one) => wilson(...one)))", cases
    )
    for (share, n), (low, high) in zip(cases, intervals, strict=True):
        assert -1e-9 <= low <= share + 1e-9 and share - 1e-9 <= high <= 1 + 1e-9, (share, n)
