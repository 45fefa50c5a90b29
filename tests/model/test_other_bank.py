"""The model on banks that describe less than the default one: no segment, no age, no activity, or nothing at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bankrec.bank.description import Bank
from bankrec.config import Config
from bankrec.explain.explainer import Explainer, explain, reasons
from bankrec.holdings import all_held, unpack
from bankrec.model import als, popularity
from bankrec.model.base_rates import base_rates, not_holding
from bankrec.model.drift import drift
from bankrec.model.features import features
from bankrec.model.reference import counts, learn_reference
from bankrec.model.scoring import recommend_all
from bankrec.model.states import states
from bankrec.model.training import fit
from bankrec.model.vocabulary import learn_vocabulary
from bankrec.ranked import by_band
from bankrec.rules import builtin
from bankrec.rules.offerable import learn_offerable
from tests.other_bank import BARE, OTHER, other_history

CURRENT, CARD, STAFF = (OTHER.bit[name] for name in ("current", "card", "staff"))
both = pytest.mark.parametrize("bank", [OTHER, BARE], ids=lambda bank: bank.name)
OWN = {"plan", "balance", "online"}  # features of trees; the branch is a category, of which the additive model knows


@both
def test_features_are_of_what_the_bank_describes(config: Config, bank: Bank) -> None:
    history = other_history(60, 5, bank=bank)
    table = features(history, als.item_factors(history, config.als, config.seed), config)
    assert table.customer.shape == (len(table.customer_names), 60)
    assert table.pair.shape == (len(table.pair_names), 60, 5) and table.all_pairs(np.zeros((60, 5))).shape == (
        300,
        len(table.names),
    )
    assert {f"holds_{item}" for item in bank.ids} <= set(table.customer_names)
    assert {f"is_{item}" for item in bank.ids} <= set(table.pair_names)
    assert OWN & set(table.customer_names) == (OWN if bank is OTHER else set())
    assert not {"age", "segment", "active", "active_before", "tenure"} & set(table.customer_names)
    assert table.held.tolist() == (history.words[:, -1] & all_held(5)).tolist()


def test_a_number_that_is_missing_is_missing_and_seen_by_its_logarithm(config: Config) -> None:
    history = other_history(60, 5)
    of_history = features(history, np.zeros((5, 2)), config, pairs=False)
    seen = of_history.customer[of_history.customer_names.index("balance")]
    expected = np.log(history.profile["balance"].to_numpy())
    np.testing.assert_allclose(seen, expected, rtol=1e-6)
    assert np.isnan(seen).any()


@both
def test_states_are_of_what_the_bank_describes(config: Config, bank: Bank) -> None:
    """A missing balance is a class of its own; the plan, the one state, is the relation to the bank."""
    history = other_history(80, 5, bank=bank)
    known = states(history, learn_vocabulary(history), config)
    assert (known.codes >= 0).all() and (known.codes < np.array(known.sizes)).all()
    sizes = dict(zip(known.names, known.sizes, strict=True))
    own = {"balance": 4, "online": 2, "branch": 4, "activity": 3} if bank is OTHER else {}
    assert sizes == dict.fromkeys(bank.ids, 8) | own | {
        name: sizes[name] for name in ("holds", "lost", "added", "months")
    }
    if bank is OTHER:
        missing = np.isnan(history.profile["balance"].to_numpy())
        assert ((known.codes[:, known.names.index("balance")] == 3) == missing).all()


@both
def test_everybody_is_in_one_cell_of_popularity(config: Config, bank: Bank) -> None:
    history = other_history(300, 5, bank=bank)
    assert popularity.number_of_cells(bank) == 1 and not popularity.cells(history).any()
    of_all = popularity.of_acquisitions(history, config.popularity)
    np.testing.assert_allclose(popularity.by_cell(history, config.popularity), of_all[None])
    table = popularity.top_popular(history, config.popularity)
    assert table["segment"].to_pylist() == [None] * 5 and table["rank"].to_pylist() == [1, 2, 3, 4, 5]
    assert [bank.bit[item] for item in table["item_id"].to_pylist()] == np.argsort(-of_all, kind="stable").tolist()
    offerable = learn_offerable(history, base_rates(history).acquisitions(), config.offerable)
    left = popularity.without(table, bank, lambda segment: builtin.barred_unknown(segment, offerable))
    assert "staff" not in left["item_id"].to_pylist() and left.num_rows == 4


@both
def test_where_nobody_is_active_all_are_counted_as_inactive(bank: Bank) -> None:
    history = other_history(300, 8, bank=bank)
    seen = base_rates(history)
    assert seen.added.shape == (7, 5, 7, 2) and seen.acquisitions().sum() > 0
    assert not seen.free[..., 1].any() and not seen.added[..., 1].any()
    assert not not_holding(history)[..., 1].any() and not_holding(history)[..., 0].any()


@both
def test_rules_that_ask_for_an_age_take_nothing(config: Config, bank: Bank) -> None:
    history = other_history(200, 5, bank=bank)
    tables = learn_offerable(history, base_rates(history).acquisitions(), config.offerable)
    assert tables.minors.all() and np.flatnonzero(tables.never).tolist() == [STAFF]
    barred, removed = builtin.apply(history, tables)
    held = unpack(history.words[:, -1], 5)
    assert (barred == (held | (np.arange(5) == STAFF))).all()
    assert {name for name, count in removed.items() if count} == {"not_held", "never_offer"}


@both
def test_it_learns_ranks_and_explains(config: Config, bank: Bank, tmp_path: Path) -> None:
    """Lists hold what is not held and may be offered, once; what is saved gives the same."""
    history = other_history(600, 14, bank=bank)
    recommender = fit(history, config)
    explain(history, recommender).save(tmp_path / "model")
    explainer = Explainer.load(tmp_path / "model")
    assert explainer.recommender.bank == bank
    ranked = recommend_all(history, recommender, batch=97)
    np.testing.assert_array_equal(recommend_all(history, explainer.recommender).scores, ranked.scores)
    assert set(ranked.segment) == {""} and ranked.items.shape[1] == 5
    for items, scores, held in zip(ranked.items, ranked.scores, unpack(ranked.held, 5), strict=True):
        held[STAFF] = True
        assert sorted(items[items >= 0]) == np.flatnonzero(~held).tolist()
        assert (np.diff(scores) <= 0).all() and ((scores > 0) == (items >= 0)).all()
        if not (held[CURRENT] or held[CARD]):
            assert items.tolist().index(CURRENT) < items.tolist().index(CARD), "a card comes with a current account"
    codes_of_lists = reasons(history, ranked, explainer).lists(ranked.items >= 0).to_pylist()
    kinds = {code.partition(":")[0] for codes in codes_of_lists for code in codes}
    assert kinds and not kinds & {"alike_one_in", "age", "segment", "active", "inactive", "tenure"}


def test_holders_of_savings_and_those_online_are_known_to_add_more(config: Config) -> None:
    """The causes in the random histories are learned: both raise the probability of any acquisition."""
    history = other_history(3_000, 8, seed=4)
    ranked = recommend_all(history, fit(history, config))
    often = history.profile["online"].to_numpy()[history.rows(ranked.user_id)] == 1
    often |= unpack(ranked.held, 5)[:, OTHER.bit["savings"]]
    best = ranked.scores[:, 0]
    assert best[often].mean() > 2 * best[~often].mean()


@both
def test_a_month_like_the_others_shows_no_drift(config: Config, bank: Bank) -> None:
    history = other_history(3_000, 8, bank=bank)
    vocabulary, scores = learn_vocabulary(history.until(1)), by_band(np.array([0.1, 0.2]))
    known = learn_reference(history, vocabulary, config, scores)
    measured = drift(counts(history, known, vocabulary, config), scores, known, config.drift)
    assert measured.largest()[1] < 0.1
    nobody = replace(history, words=np.where(history.words != 0, history.words & ~np.uint64(1), history.words))
    seen = drift(counts(nobody, known, vocabulary, config), scores, known, config.drift)
    assert seen.largest()[0] == "current" and seen.largest()[1] > 0.5
