"""The tables of a month that is evaluated: of the customers present in it, ready for JSON."""

from __future__ import annotations

import json

import numpy as np

from bankrec.evaluation.month_report import month_report
from bankrec.holdings import PRESENT, all_held, unpack
from bankrec.ranked import Ranked, in_target, lists_by


def test_tables_of_a_month(make, config) -> None:
    history = make(300, 5)
    last = history.take((history.words[:, 3] & PRESENT) != 0)
    n, held = len(last), last.words[:, 3] & all_held(24)
    items = lists_by(np.linspace(1, 0, 24), held)
    scores = np.where(items >= 0, 0.01, 0).astype(np.float32)
    text = np.full(n, "ok"), np.full(n, "")
    ranked, added = in_target(history, Ranked(last.user_id, items, scores, held, *text, np.zeros(n, np.uint64)), 4)
    made = month_report(history, ranked, added, 4, config)
    assert list(made.methods.index)[-1] == "our model" and len(made.methods) == 5
    assert made.products["acquisitions"].tolist() == unpack(added, 24).sum(axis=0).tolist()
    assert made.ranks["recommendations"].iloc[0] == len(added) == made.groups["customers"].iloc[0]
    assert made.bands["recommendations"].sum() == (ranked.items >= 0).sum()
    assert made.groups.isna().any(axis=None), "a group too small for figures is among them"
    written = json.loads(json.dumps(made.as_dict(), allow_nan=False))
    assert len(written["groups"]) == len(made.groups) and isinstance(written["gaps"], list)
    assert [row["method"] for row in written["baselines"]] == list(made.methods.index)[:-1]
    assert [row["of_maximum"] for row in written["baselines"]] == made.methods["of max"].tolist()[:-1]
    bands = made.bands[made.bands["recommendations"] > 0]
    assert [list(row) for row in written["calibration"]] == [["expected", "observed", "pairs"]] * len(bands) != []
    assert [row["pairs"] for row in written["calibration"]] == bands["recommendations"].tolist()
    assert written["calibration"][0]["observed"] == bands["share acquired"].iloc[0]
