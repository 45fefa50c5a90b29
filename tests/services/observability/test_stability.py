"""The stability index over a skewed set, as real sets are: small without drift, large with it, for every k."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from recommendations import RecommendationSet
from serving.api.answers import answer
from serving.api.schemas import RecommendationRequest
from serving.observability import stability
from serving.observability.served import Served
from serving.observability.stability import psi
from tests.services.made_sets import COLUMNS, _lists, write_set

ANSWERS, CUSTOMERS = 2_000, 20_000
EVERY_K = range(1, 25)
COMMONEST, RAREST = 23, 1


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> RecommendationSet:
    """Lists that mostly agree: a few products are first for nearly all customers, the rarest for one in 200."""
    rng = np.random.default_rng(5)
    user_id = np.arange(CUSTOMERS) * 3 + 15_889
    popularity = np.linspace(-6.0, 4.0, 24)
    held = (rng.random((CUSTOMERS, 24)) < 0.3 / (1.0 + np.exp(-popularity))).astype(bool)
    allowed = ~held
    allowed[:, RAREST] &= rng.random(CUSTOMERS) < 0.005
    order = np.argsort(-(popularity + rng.gumbel(0.0, 1.0, (CUSTOMERS, 24))), axis=1)
    free = np.take_along_axis(allowed, order, axis=1)
    ranks = np.cumsum(free, axis=1)
    scores = np.full(int(free.sum()), 0.01)
    lists = _lists(np.repeat(user_id, free.sum(axis=1)), order[free], ranks[free], scores, COLUMNS)
    customers = pa.table(
        {
            "user_id": user_id,
            "held": pa.array((held * (1 << np.arange(24))).sum(axis=1), pa.uint64()),
            "segment": pa.array(["TOP"] * CUSTOMERS, pa.string()),
            "status": pa.array(["ok"] * CUSTOMERS, pa.string()),
        }
    )
    folder = tmp_path_factory.mktemp("recs")
    return RecommendationSet(write_set(folder, lists, customers, {None: [RAREST, 5]}, "2016-05-28_skew", "2016-05-28"))


def customers(used: RecommendationSet, seed: int) -> Iterator[int]:
    return iter(np.random.default_rng(seed).choice(used.user_id, ANSWERS).tolist())


def index(used: RecommendationSet, asked: Iterator[tuple[int, RecommendationRequest]], planted: bool = False) -> float:
    """The index after the requests `asked`, answered by the code that answers them in the service."""
    served = Served()
    served.in_use = used
    shift = bytes(range(256)) if not planted else bytes(RAREST if bit == COMMONEST else bit for bit in range(256))
    for user_id, request in asked:
        given = answer(user_id, used, request)
        bits, first = given.bits.translate(shift), given.first.translate(shift)
        served.count(given.source, given.places, bits, given.scores, first)
    return served.stability_index()


@pytest.mark.parametrize("k", EVERY_K)
def test_without_drift_it_stays_below_a_twentieth_and_a_shift_passes_a_quarter(used: RecommendationSet, k: int) -> None:
    request = RecommendationRequest(user_id=1, k=k)
    still, shifted = (
        index(used, ((customer, request) for customer in customers(used, k)), planted) for planted in (False, True)
    )
    assert still < 0.05, still
    assert shifted > 0.25, shifted


@pytest.mark.parametrize("k", EVERY_K)
def test_what_requests_leave_out_is_no_drift(used: RecommendationSet, k: int) -> None:
    """Four kinds of request: the whole list, without the commonest product, accounts only, unknown customers."""
    kinds = (
        RecommendationRequest(user_id=1, k=k),
        RecommendationRequest(user_id=1, k=k, exclude=[COLUMNS[COMMONEST], COLUMNS[22]]),
        RecommendationRequest(user_id=1, k=k, only=[COLUMNS[bit] for bit in (0, 2, 4, RAREST)]),
    )
    asked = [(customer, kinds[turn % 3]) for turn, customer in enumerate(customers(used, 100 + k))]
    asked += [(7, kinds[0])] * 500
    assert index(used, iter(asked)) < 0.05
    assert index(used, iter(asked), planted=True) > 0.25


def test_a_mix_of_k_is_compared_place_by_place(used: RecommendationSet) -> None:
    """Each answer is compared at the places requested, for any order of k."""
    requests = [RecommendationRequest(user_id=1, k=k) for k in (1, 1, 1, 24, 3, 1, 7)]
    asked = [(customer, requests[turn % 7]) for turn, customer in enumerate(customers(used, 1))]
    assert index(used, iter(asked)) < 0.05
    assert index(used, iter(sorted(asked, key=lambda one: one[1].k))) < 0.05


def test_the_window_forgets_and_starts_again_with_a_new_set(
    used: RecommendationSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("serving.observability.stability.time.monotonic", lambda: now[0])
    served = Served()
    served.in_use = used

    def ask(bit: int | None, times: int = ANSWERS) -> None:
        request = RecommendationRequest(user_id=1, k=1)
        for customer in list(customers(used, 3))[:times]:
            given = answer(customer, used, request)
            first = given.first if bit is None else bytes([bit])
            served.count("personal", given.places, given.bits, given.scores, first)

    assert math.isnan(served.stability_index())
    ask(RAREST)
    assert served.stability_index() > 1
    now[0] += stability.SLICE_SECONDS
    ask(None)
    assert served.stability_index() > 0.25, "the shift is still within the window"
    now[0] += stability.WINDOW_SECONDS
    ask(None)
    now[0] += stability.SLICE_SECONDS
    assert served.stability_index() < 0.05
    ask(RAREST)
    assert served.stability_index() > 0.25
    other = object.__new__(RecommendationSet)
    vars(other).update(vars(used) | {"set_id": "2016-06-28_next"})
    served.in_use = other
    assert math.isnan(served.stability_index()), "answers of the set before do not count"
    ask(None)
    assert served.stability_index() < 0.05


def test_the_stability_index_by_hand() -> None:
    seen, expected = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    by_hand = 0.25 * math.log(2) - 0.25 * math.log(2 / 3)
    assert psi(seen, expected) == pytest.approx(by_hand)
    assert psi(expected, expected) == 0
    assert math.isfinite(psi(np.array([1.0, 0.0]), expected))


def test_old_sets_and_few_answers_have_no_stability_index(client: TestClient, recs: Path) -> None:
    counts = client.app.state.service.watcher._monitoring.served  # type: ignore[attr-defined]
    for answers in (stability.LEAST_IN_WINDOW - 1, stability.LEAST_IN_WINDOW):
        assert math.isnan(counts.stability_index()), answers
        for _ in range(answers):
            counts.count("popular", bytes([0]), bytes([3]), np.full(1, 0.1, np.float32))
    for _ in range(stability.LEAST_IN_WINDOW):
        counts.count("personal", bytes([0]), bytes([3]), np.full(1, 0.1, np.float32), bytes([3]))
    assert counts.stability_index() > 1, "one product alone is far from the set's own distribution"
    for stated in ({}, {"product_at_rank_1": {}, "product_in_top_5": {}}, {"product_by_rank": {"other": [1.0]}}, []):
        counts.in_use.manifest["distributions"] = stated
        del counts.in_use.__dict__["shares_by_place"]
        assert math.isnan(counts.stability_index()), stated
