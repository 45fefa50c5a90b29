"""Sets published from histories: the drift against training stops a broken month."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.explain.explainer import Explainer, explain
from bankrec.jobs.publish import publish_from
from bankrec.jobs.terms import Terms
from bankrec.model.additive import Additive
from bankrec.model.training import fit
from bankrec.publishing import sets
from bankrec.results import Headline
from bankrec.rules.builtin import ORDER, RULES
from bankrec.rules.unknown import OLDEST
from benchmarks.drift import dropped
from tests.santander import BANK

JUNIOR_ACCOUNT = "ind_ctju_fin_ult1"


def test_the_gate_stops_a_broken_month_and_the_manifest_states_the_drift(make, config: Config, tmp_path: Path) -> None:
    """Fitted on whole months, published for one in which no customer holds direct debit, as with a broken column."""
    history = make(1500, 8)
    made = explain(history, fit(history, config))
    made.save(tmp_path / "model")
    explainer = Explainer.load(tmp_path / "model")
    assert isinstance(explainer.recommender.additive, Additive)
    recs = tmp_path / "recs"
    good, checks = publish_from(recs, history.batches(400), explainer, Headline(), Terms(explain_removals=True))
    manifest = sets.read_manifest(recs / good)
    drift = manifest["drift"]
    assert [rule["name"] for rule in manifest["rules"]] == [*(rule.name for rule in RULES), ORDER.name]
    taken = pq.read_table(recs / good / sets.REMOVED)
    counts = dict.fromkeys(manifest["removed_by_rule"], 0)
    for rule, products in zip(taken["rule"].to_pylist(), taken["products"].to_pylist(), strict=True):
        counts[rule] += products.bit_count()
    assert counts | {"not_held": 0} == manifest["removed_by_rule"] | {"not_held": 0}
    by_age = pq.read_table(recs / good / sets.POPULAR_BY_AGE).to_pandas()
    over_all, children = by_age[by_age["segment"].isna()], by_age[by_age["age_from"] == 0]
    assert over_all["age_to"].max() == OLDEST and JUNIOR_ACCOUNT in set(children["item_id"])
    assert JUNIOR_ACCOUNT not in set(by_age[by_age["age_from"] >= BANK.adult_age]["item_id"])
    assert drift["reference_months"] == ["2015-05", "2015-06", "2015-07"]
    assert max(drift["features"].values()) < 0.1 and drift["scores"] < 0.25, drift
    assert {check.name for check in checks.checks} >= {"drift of customers against training",
                                                       "drift of scores against training"}  # fmt: skip
    broken = dropped(history)
    with pytest.raises(InputError, match=r"drift of customers against training: .* \(ind_recibo_ult1\) .*at most 0\.5"):
        publish_from(recs, broken.batches(400), explainer, Headline())
    assert sets.current(recs) == (recs / good).resolve()
    forced, _ = publish_from(recs, broken.batches(400), explainer, Headline(), Terms(force=True))
    manifest = sets.read_manifest(recs / forced)
    assert manifest["forced"] and next(iter(manifest["drift"]["features"])) == "ind_recibo_ult1"


def test_a_bank_of_two_months_is_published_whatever_its_drift(make, config: Config, tmp_path: Path) -> None:
    """There are no months to know a usual one by: the drift is stated, and stops nothing."""
    history = make(300, 2)
    explainer = explain(history, fit(history, config))
    _, checks = publish_from(tmp_path, history.batches(100), explainer, Headline())
    allowed = {check.name: check.allowed for check in checks.checks}
    assert checks.passed and allowed["drift of scores against training"].startswith("any: too few months")
