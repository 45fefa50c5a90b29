"""Every feature of every bank has a meaning and a topic."""

from __future__ import annotations

import pytest

from bankrec.config import Config
from bankrec.model import als
from bankrec.model.feature_meanings import OWN_PAST, STATES, family, meaning, topic, topic_of_field
from bankrec.model.features import features
from bankrec.model.states import states
from bankrec.model.vocabulary import learn_vocabulary
from tests.other_bank import BARE, OTHER, other_history


@pytest.mark.parametrize("bank", ["santander", "other", "bare"])
def test_no_feature_of_a_bank_is_without_meaning_and_topic(bank: str, make) -> None:
    made = {"santander": lambda: make(50, 4), "other": lambda: other_history(50, 4), "bare": None}
    history = other_history(50, 4, bank=BARE) if bank == "bare" else made[bank]()
    past, config = history.until(4), Config()
    names = features(past, als.item_factors(past, config.als, 0), config).names
    for name in names:
        assert meaning(name, history.bank) and topic(name, history.bank), name
    fields = states(past, learn_vocabulary(past), config).names
    for name in set(fields) - set(history.bank.ids):
        assert topic_of_field(name, history.bank), name


def test_words_and_topics_by_hand() -> None:
    assert meaning("lag_2", OTHER) == "1 if the product was held 2 months before the target month"
    assert meaning("balance", OTHER) == "natural logarithm of `balance` of the customer"
    assert topic("since_rise", OTHER) == topic("lag_3", OTHER) == OWN_PAST
    assert topic("plan", OTHER) == STATES and topic("balance", OTHER) == "balance"
    assert family("holds_card", OTHER) == "holds_<product>" and family("lag_2", OTHER) == "lag_2"


def test_a_feature_that_nobody_described_is_named() -> None:
    with pytest.raises(KeyError, match="mood"):
        meaning("mood", OTHER)
    with pytest.raises(KeyError, match="mood"):
        topic("mood", OTHER)
