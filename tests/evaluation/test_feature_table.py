"""The feature table is the one that the models see, with a meaning for each feature."""

from __future__ import annotations

import numpy as np

from bankrec.evaluation.feature_table import ACQUIRED, feature_table, field_table
from bankrec.holdings import unpack
from bankrec.model.features import features
from bankrec.transitions import Transition


def test_values_are_those_of_the_features(held_back) -> None:
    history, month = held_back
    table = feature_table(history, month.recommender, month.target)
    assert table.loc[ACQUIRED].tolist()[2:4] == ["yes", "no"] and (table["meaning"] != "").all()
    step = Transition.into(history.words, month.target, history.bank.n)
    row = int(np.flatnonzero(step.added != 0)[0])
    bit = int(np.flatnonzero(unpack(step.added[[row]], history.bank.n)[0])[0])
    past = history.until(month.target).take(np.array([row]))
    known = features(past, month.recommender.items, month.recommender.config)
    assert table.columns[2] == f"customer {history.user_id[row]}, {history.bank.catalogue.names[bit]}"
    share = known.pair[known.pair_names.index("share_held"), 0, bit]
    assert table.loc["share_held"].iloc[2] == f"{share:.4g}" and table.loc["share_held", "of"] == "pair"
    assert table.loc["is_<product>"].iloc[2] == history.bank.catalogue.names[bit]
    assert table.loc["holds", "of"] == "customer"


def test_products_share_a_row_of_states(held_back) -> None:
    history, month = held_back
    table = field_table(history, month.recommender, month.target)
    assert table.loc["each product"].tolist() == [history.bank.n, 8]
    assert "holds" in table.index
