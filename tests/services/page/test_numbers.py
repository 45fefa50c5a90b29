"""How the page writes shares: small ones readably, ticks of scales exactly; the JSON keeps every digit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.conftest import Server, running
from tests.services.made_sets import COLUMNS, Bank, Customer
from tests.services.made_summaries import write_summed
from tests.services.page.conftest import Open, ready

TINY = 3.1e-11
BELOW = "Each product shown is less likely for this customer than for the average customer of the bank."
WRITE = """async () => {
  const { percent } = await import("/page/text.js");
  return [0, 3.1e-11, 0.0000999, 0.0001, 0.00012345, 0.5].map((share) => percent(share))
    .concat(percent(0.00001, { exact: true }));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Products 2, 23 and 3 have averages of 3%, 6% and 4%, products 6 and 7 of 0.008%, no other product has one."""
    folder = tmp_path_factory.mktemp("tiny")
    likely = Customer(10, ranked=(2, 23, 3), scores=(0.02, 0.0005, TINY))
    averages = {COLUMNS[2]: 0.03, COLUMNS[23]: 0.06, COLUMNS[3]: 0.04, COLUMNS[6]: 0.00008, COLUMNS[7]: 0.00008}
    both = Customer(12, ranked=(6, 7), scores=(0.0002, 0.00002))
    bank = Bank([likely, Customer(11, ranked=(4, 5), scores=(TINY, 0.0)), both])
    write_summed(folder / "recs", bank, bank_average=averages)
    with running(folder / "recs", folder, DEMO="1") as started:
        yield started


def test_shares(server: Server, open_page: Open) -> None:
    page = ready(open_page(server, "#/customer/10"))
    assert page.evaluate(WRITE) == ["0%", "under 0.01%", "under 0.01%", "0.01%", "0.0123%", "50%", "0.001%"]


@pytest.mark.parametrize(
    ("lang", "scores", "compared"),
    [("en", ["2%", "0.05%", "under 0.01%"],
      ["0.67 times the bank’s average of 3%.", "1/120 of the bank’s average of 6%.",
       "Less than 1/1,000 of the bank’s average of 4%."]),
     ("es", ["2 %", "0,05 %", "menos de 0,01 %"],
      ["0,67 veces la media del banco, 3 %.", "1/120 de la media del banco, 6 %.",
       "Menos de 1/1000 de la media del banco, 4 %."])],
)  # fmt: skip
def test_a_small_probability_is_readable(
    server: Server, open_page: Open, lang: str, scores: list[str], compared: list[str]
) -> None:
    page = ready(open_page(server, "#/customer/10", locale=lang))
    for shown, wanted in ((".list .score", scores), (".compared", compared)):
        assert [text.replace("\u00a0", " ") for text in page.locator(shown).all_inner_texts()] == wanted
    assert "3.1e-11" in page.locator("#json").text_content(), "the JSON is exact"


def test_two_shares_under_the_least_are_not_compared(server: Server, open_page: Open) -> None:
    page = ready(open_page(server, "#/customer/12"))
    assert page.locator(".list .score").all_inner_texts() == ["0.02%", "under 0.01%"]
    assert page.locator(".compared").all_inner_texts() == ["2.5 times the bank’s average of under 0.01%."]


def test_a_list_of_tiny_probabilities_has_a_scale_that_can_be_read(server: Server, open_page: Open) -> None:
    page = ready(open_page(server, "#/customer/11"))
    assert page.locator(".list .score").all_inner_texts() == ["under 0.01%", "0%"]
    assert page.locator(".axis span").all_inner_texts() == ["0%", "0.005%", "0.01%"]


def test_a_list_below_the_average_in_every_place_has_a_sentence(server: Server, open_page: Open) -> None:
    assert ready(open_page(server, "#/customer/10")).get_by_text(BELOW).count() == 1
    assert ready(open_page(server, "#/customer/11")).get_by_text(BELOW).count() == 0, "no averages to compare with"
