"""Drift against the training months: still from month to month, loud where a month is broken, seen by the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bankrec.config import Config, DriftConfig
from bankrec.errors import InputError
from bankrec.explain.explainer import Explainer, explain
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.jobs.publish import publish_from
from bankrec.model.additive import Additive
from bankrec.model.drift import LEFT_OUT, Drift, Reference, drift, psi
from bankrec.model.reference import counts, learn_reference
from bankrec.model.states import states
from bankrec.model.training import fit
from bankrec.publishing import sets
from bankrec.ranked import SCORE_BANDS, by_band
from bankrec.results import Headline
from benchmarks.drift import SHIFTS, dropped

CHANNELS = np.array(["KAT", "KHE"])
SCORES = by_band(np.array([0.002, 0.02, 0.02, 0.5]))


def reference(history: History, config: Config) -> Reference:
    return learn_reference(history, CHANNELS, config, SCORES)


def compared(month: History, known: Reference, config: Config) -> Drift:
    return drift(counts(month, known, CHANNELS, config), SCORES, known)


def test_the_index_by_hand() -> None:
    seen, expected = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.75, 0.0])
    assert psi(seen, expected) == pytest.approx(0.25 * np.log(2) - 0.25 * np.log(2 / 3))
    assert psi(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(2 * 0.9999 * np.log(1e4))


@pytest.mark.parametrize("t", range(2, 15))
def test_every_month_is_like_those_before_it(make, config: Config, t: int) -> None:
    """Histories of any length: what differs by the number of months seen is no drift."""
    past = make(4000, 14, 2).until(t)
    found = compared(past, reference(past, config), config)
    assert found.largest()[1] < 0.05 and found.scores == 0.0, found.as_dict()
    assert not set(found.features) & set(LEFT_OUT)
    assert set(found.features) | set(LEFT_OUT) == set(states(past, CHANNELS, config).names)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("months", [3, 14])
def test_a_broken_month_is_loud(make, config: Config, months: int, shift: str) -> None:
    past = make(4000, months, 2).until(months)
    found = compared(SHIFTS[shift](past), reference(past, config), config)
    name, index = found.largest()
    expected = dict(zip(SHIFTS, ("age", "activity", "ind_recibo_ult1"), strict=True))[shift]
    assert name == expected and index > 0.5, found.as_dict()


def test_the_reference_sees_nothing_of_the_month_compared(make, config: Config) -> None:
    history = make(500, 8)
    words = history.words.copy()
    words[:, -1] = PRESENT
    one, other = (reference(h, config) for h in (history, replace(history, words=words)))
    for name, table in vars(one).items():
        np.testing.assert_array_equal(table, getattr(other, name), err_msg=name)
    assert one.months.tolist() == ["2015-05", "2015-06", "2015-07"] and one.length == 5


def test_a_large_bank_is_sampled(make, config: Config) -> None:
    history, few = make(4000, 8), replace(config, drift=DriftConfig(customers=1000))
    known = reference(history, few)
    assert abs(known.sample - 0.25) < 0.02
    seen = counts(history, known, CHANNELS, few)
    assert 800 < seen[: known.sizes[0]].sum() < 1200
    assert drift(seen, SCORES, known).largest()[1] < 0.25


def test_scores_are_compared_by_band(make, config: Config) -> None:
    known = reference(make(200, 4), config)
    assert len(known.scores) == len(SCORE_BANDS) - 1 and known.scores.sum() == 1.0
    seen = counts(make(200, 4), known, CHANNELS, config)
    assert drift(seen, by_band(np.full(100, 0.2)), known).scores > 1.0


def test_the_gate_stops_a_broken_month_and_the_manifest_states_the_drift(make, config: Config, tmp_path: Path) -> None:
    """Fitted on whole months, published for one in which nobody holds direct debit: as a column that broke."""
    history = make(1500, 8)
    made = explain(history, fit(history, config, progress=False))
    made.save(tmp_path / "model")
    explainer = Explainer.load(tmp_path / "model")
    assert isinstance(explainer.recommender.additive, Additive)
    recs = tmp_path / "recs"
    good, checks = publish_from(recs, history.batches(400), explainer, Headline())
    told = sets.read_manifest(recs / good)["drift"]
    assert told["reference_months"] == ["2015-05", "2015-06", "2015-07"]
    assert max(told["features"].values()) < 0.1 and told["scores"] < 0.25, told
    assert {check.name for check in checks.checks} >= {"drift of customers against training",
                                                       "drift of scores against training"}  # fmt: skip
    broken = dropped(history)
    with pytest.raises(InputError, match=r"drift of customers against training: .* \(ind_recibo_ult1\) .*at most 0\.5"):
        publish_from(recs, broken.batches(400), explainer, Headline())
    assert sets.current(recs) == (recs / good).resolve()
    forced, _ = publish_from(recs, broken.batches(400), explainer, Headline(), force=True)
    manifest = sets.read_manifest(recs / forced)
    assert manifest["forced"] and next(iter(manifest["drift"]["features"])) == "ind_recibo_ult1"


def test_a_bank_of_two_months_is_published_whatever_its_drift(make, config: Config, tmp_path: Path) -> None:
    """There are no months to know a usual one by: the drift is stated, and stops nothing."""
    history = make(300, 2)
    explainer = explain(history, fit(history, config, progress=False))
    _, checks = publish_from(tmp_path, history.batches(100), explainer, Headline())
    allowed = {check.name: check.allowed for check in checks.checks}
    assert checks.passed and allowed["drift of scores against training"].startswith("any: too few months")
