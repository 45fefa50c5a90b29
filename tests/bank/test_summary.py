"""The summary of a description names everything in it."""

from __future__ import annotations

from descriptions import small

from bankrec.bank.files import santander
from bankrec.bank.summary import summary


def test_a_small_bank_in_words() -> None:
    assert summary(small(), {"account": 0.5, "card": 0.25, "loan": 0.0}).splitlines() == [
        "small (small): EUR, languages en",
        "snapshots: customer customer, month month",
        "3 products:",
        "  account  Account  accounts  held in 50.0% of the rows",
        "  card     Card     credit    held in 25.0% of the rows  comes with account",
        "  loan     Loan     credit    held in 0.0% of the rows   from 18 years, until 70 years",
        "2 states of a month:",
        "  tier  column tier     category  A, B         the segment of callers",
        "  app   column app_use  flag      yes where 1  activity",
        "3 profile columns:",
        "  age     column age     number                  role age, 3 bands, by month",
        "  branch  column branch  category  north, south",
        "  tenure  column joined  date                    role joined, 2 bands",
        "2 own features:",
        "  balance  number",
        "  mood     category  good, bad",
        "bits by month: 6 of 61 for products and states, 7 of 63 for the rest",
    ]


def test_everything_of_santander_is_named() -> None:
    bank, text = santander(), summary(santander())
    for name in (*bank.ids, *bank.catalogue.names, *(part.name for part in bank.columns), "no own features\n"):
        assert name in text


def test_a_bank_without_states_says_so() -> None:
    assert "no states of a month\n" in summary(small(("states", []), ("features", [])))
