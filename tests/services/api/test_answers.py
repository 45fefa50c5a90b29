"""Answers against a slow way that a reader can follow."""

from __future__ import annotations

import json
import shutil

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommendations import RecommendationSet
from serving.api.answers import answer
from serving.api.schemas import RecommendationRequest
from tests.services.made_sets import COLUMNS, Bank, Customer, write_bank

customers = st.builds(
    lambda held, order, cut, status: (held, [bit for bit in order if bit not in held][:cut], status),
    st.sets(st.integers(0, 23), max_size=6),
    st.permutations(range(24)),
    st.integers(1, 24),
    st.sampled_from(["ok", "ok", "ok", "deceased", "suppressed"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.dictionaries(st.integers(0, 60) | st.integers(0, 10**18), customers, max_size=12),
    st.integers(1, 24),
    st.lists(st.sampled_from([*COLUMNS, "other"]), max_size=5),
    st.none() | st.lists(st.sampled_from(COLUMNS), max_size=12),
    st.lists(st.integers(0, 60), max_size=5),
)
def test_look_ups_are_those_of_a_slow_twin(tmp_path_factory, people, k, exclude, only, strangers) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("twin")
    bank = Bank([
        Customer(user_id, tuple(held), tuple(ranked if status == "ok" else ()), status=status)
        for user_id, (held, ranked, status) in sorted(people.items())
    ])  # fmt: skip
    loaded = RecommendationSet(write_bank(folder, bank))
    for user_id in [*people, *strangers]:
        asked = RecommendationRequest(user_id=user_id, k=k, exclude=exclude, only=only)
        given_answer = json.loads(answer(user_id, loaded, asked).json + b"}")
        person = next((one for one in bank.customers if one.user_id == user_id), None)
        if person is None:
            source, ranked, scores = "popular", bank.popular[None], [0.1 / rank for rank in (1, 2, 3)]
        else:
            source = "personal" if person.status == "ok" else "none"
            ranked, scores = list(person.ranked), person.all_scores()
        expected = [
            (COLUMNS[bit], rank, np.float32(score))
            for rank, (bit, score) in enumerate(zip(ranked, scores, strict=True), 1)
            if COLUMNS[bit] not in exclude and (only is None or COLUMNS[bit] in only)
        ][:k]
        found = [(one["item_id"], one["rank"], np.float32(one["score"])) for one in given_answer["recommendations"]]
        assert (given_answer["source"], found) == (source, expected)
        assert given_answer["returned"] == len(expected)
    shutil.rmtree(folder)
