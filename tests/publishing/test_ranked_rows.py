"""Ranked lists as Arrow rows and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pyarrow as pa

from bankrec.config import Config
from bankrec.explain.explainer import explain
from bankrec.history import History
from bankrec.jobs.ranking import offer
from bankrec.model.scoring import recommend
from bankrec.model.training import fit
from bankrec.publishing import ranked_rows
from bankrec.ranked import Ranked, Reasons


def test_rows_give_the_lists_back_whatever_the_batches(make: Callable[..., History], config: Config) -> None:
    history = make()
    explainer = explain(history, fit(history, config, progress=False))
    whole = offer(history, explainer)
    parts = [offer(batch, explainer) for batch in history.batches(150)]
    rows = pa.Table.from_batches([ranked_rows.to_rows(part) for part in parts]).combine_chunks().to_batches()
    back = ranked_rows.from_rows(rows[0])
    assert len(rows) == 1 and rows[0].num_rows == len(whole.user_id)
    for field in fields(Ranked):
        one, other = getattr(whole, field.name), getattr(back, field.name)
        if field.name == "removed":
            assert one == other, "counts of batches add up to those of the whole"
        elif field.name == "reasons":
            assert one is not None and other is not None and one.codes == other.codes
            np.testing.assert_array_equal(one.chosen, other.chosen, strict=True)
        else:
            np.testing.assert_array_equal(one, other, strict=field.name not in ("status", "segment"))


def test_lists_without_reasons_come_back_without(make: Callable[..., History], config: Config) -> None:
    history = make()
    recommender = fit(history, config, progress=False)
    assert ranked_rows.from_rows(ranked_rows.to_rows(recommend(history, recommender))).reasons is None


def test_a_batch_without_customers_is_no_row(make: Callable[..., History], config: Config) -> None:
    history = make()
    explainer = explain(history, fit(history, config, progress=False))
    empty = offer(history.take(np.zeros(len(history), dtype=np.bool_)), explainer)
    assert ranked_rows.to_rows(empty).num_rows == 0


def test_a_bank_with_fewer_products_than_places_with_reasons() -> None:
    items = np.array([[2, 0, -1], [1, -1, -1]], np.int8)
    text = np.array(["ok", "ok"]), np.array(["", ""])
    words, chosen = np.zeros(2, np.uint64), np.array([[[0, -1], [1, 0], [-1, -1]], [[1, -1], [-1, -1], [-1, -1]]])
    reasons = Reasons(chosen.astype(np.int16), ("took:a", "often_added"))
    made = Ranked(np.array([1, 2]), items, (items >= 0) * np.float32(0.5), words, *text, words, reasons=reasons)
    back = ranked_rows.from_rows(ranked_rows.to_rows(made))
    assert back.items.tolist() == items.tolist() and back.reasons is not None
    np.testing.assert_array_equal(back.reasons.chosen, chosen)
    assert back.reasons.lists(items >= 0).to_pylist() == [["took:a"], ["often_added", "took:a"], ["often_added"]]
