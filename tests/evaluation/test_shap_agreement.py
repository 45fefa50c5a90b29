"""Reasons against SHAP values of the ranker's trees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.evaluation.shap_agreement import agreement, code_groups, feature_groups
from bankrec.explain.codes import Codes
from bankrec.explain.explainer import explain
from bankrec.explain.reasons import Group
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.model.training import fit
from tests.santander import BANK


def test_every_feature_is_about_something() -> None:
    about = {
        "lag_3": Group.OWN, "rise_rate": Group.OWN, "als": Group.OTHERS, "holds": Group.OTHERS,
        "holds_ind_cco_fin_ult1": Group.OTHERS, "age": Group.AGE, "segment": Group.AGE, "tenure": Group.RELATION,
        "active_before": Group.RELATION, "relation": Group.RELATION, "observed": Group.RELATION,
        "sex": Group.HIDDEN, "foreigner": Group.HIDDEN, "income": Group.HIDDEN, "is_ind_cco_fin_ult1": Group.HIDDEN,
    }  # fmt: skip
    assert feature_groups(BANK, tuple(about)) == list(about.values())
    with pytest.raises(KeyError, match="moon"):
        feature_groups(BANK, ("moon",))


def test_every_kind_of_reason_but_a_products_level_is_about_something() -> None:
    levels = {"many_in_month", "often_added", "all_one_in"}
    kinds = {code.partition(":")[0] for code in Codes(BANK, (date(2016, 5, 28),)).names}
    assert kinds - set(code_groups(BANK)) == levels
    assert code_groups(BANK)["payroll_arrives"] == Group.OTHERS and code_groups(BANK)["inactive"] == Group.RELATION


def test_shap_values_know_every_feature_and_agree_where_the_answer_is_planted(
    history_of: Callable[..., History], config: Config
) -> None:
    """Holders of 2 add 12, all others add 7: the group that SHAP values name is the group of the reason."""
    rng = np.random.default_rng(0)
    holds = rng.random(600) < 0.5
    words = np.full((600, 8), PRESENT, dtype=np.uint64) | np.where(holds, np.uint64(4), np.uint64(8))[:, None]
    for month in range(1, 8):
        words[:, month] |= np.where(rng.random(600) < 0.2, np.where(holds, np.uint64(1 << 12), np.uint64(1 << 7)), 0)
    bank = history_of(words.astype(np.uint64))
    recommender = fit(bank, config)
    explainer = explain(bank, recommender)
    names = tuple(recommender.ranker.feature_names_)
    assert len(feature_groups(BANK, names)) == len(names), "a new feature belongs to a group"
    result = agreement(bank, explainer, 300)
    share = result.agreement
    assert share is not None and share.value > 0.9 and share.low <= share.value <= share.high
    assert result.by_group["other products"].reasons > 100
    assert sum(group.share_of_what_moves or 0.0 for group in result.by_group.values()) == pytest.approx(1.0)
    assert float(explainer.surrogate.explained) > 0.5
