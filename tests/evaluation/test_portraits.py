from dataclasses import replace

import numpy as np

from bankrec.bank.products import BIT
from bankrec.evaluation.portraits import portraits, with_movement
from bankrec.holdings import PRESENT
from bankrec.publishing.reader import SetLists

CARD, FUND = BIT["ind_tjcr_fin_ult1"], BIT["ind_fond_fin_ult1"]


def test_a_portrait_by_hand(make) -> None:
    history = make(2, 3)
    words = np.array([[1 << CARD | PRESENT, 0, PRESENT], [PRESENT] * 3], np.uint32)
    history = replace(history, words=words)
    items, scores = np.full((2, 24), -1, np.int8), np.zeros((2, 24), np.float32)
    items[:, 0], scores[:, 0] = FUND, 0.25
    text = np.array(["TOP", "TOP"]), np.array(["ok", "ok"])
    lists = SetLists(history.user_id, items, scores, words[:, -1] & 0xFFFFFF, *text)
    said = portraits(history, lists, [int(history.user_id[0])])
    assert "# ." in said and "funds 25.0%" in said.lower() and "not active" in said
    assert with_movement(history, lists) == [], "nobody held three products"
