"""What the model is: one text in README, card and notebook, and a formula that the code computes."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.special import expit, logit

from bankrec.model import method, ranker
from bankrec.model.additive import log_shares

ROOT = Path(__file__).resolve().parents[2]


def test_readme_card_and_notebook_have_the_same_text() -> None:
    assert method.in_markdown() in (ROOT / "README.md").read_text(encoding="utf-8")
    card = (ROOT / "docs" / "model_card.md").read_text(encoding="utf-8")
    assert " ".join(method.PARAGRAPH.split()) in " ".join(card.split()) and method.FORMULA in card
    book = nbformat.read(ROOT / "recommendations.ipynb", as_version=4)
    shown = [
        one.data.get("text/markdown", "") for cell in book.cells for one in cell.get("outputs", []) if "data" in one
    ]
    assert any(method.in_markdown() in text for text in shown)


def test_the_formula_is_what_the_code_computes() -> None:
    """Two products free, one held: the share by hand, and the log-odds that calibration starts from."""
    pair, additive = np.log([[0.2, 0.1, 0.5]]), np.zeros((1, 3))
    shares = np.exp(ranker.blended(logit(np.exp(pair)), additive, np.array([0b100], np.uint64), 0.0))
    np.testing.assert_allclose(shares[0], [2 / 3, 1 / 3, 0.0], atol=1e-9)
    joint = ranker.joint_logits(log_shares(np.log(shares + 1e-300), shares > 0), np.array([-1.0]), 20.0)
    assert expit(joint)[0, :2] == pytest.approx(expit(-1.0) * np.array([2 / 3, 1 / 3]))
