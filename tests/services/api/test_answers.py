"""Answers compared with those of a slow and simple implementation."""

from __future__ import annotations

import json
import shutil

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommendations import RecommendationSet
from serving.api.answers import answer
from serving.api.schemas import RecommendationRequest
from tests.services.made_banks import CREDIT_UNION, UNIVERSAL
from tests.services.made_sets import FORMAT_1, SANTANDER, Bank, Customer, write_bank


@st.composite
def banks(draw: st.DrawFn) -> Bank:
    """A bank of 24 products in either format, of nine or of 48; no list has a product that is held."""
    description = draw(st.sampled_from([SANTANDER, FORMAT_1, CREDIT_UNION, UNIVERSAL]))
    n = len(description.items)
    customers = []
    for user_id in sorted(draw(st.sets(st.integers(0, 60) | st.integers(0, 10**18), max_size=12))):
        held = draw(st.sets(st.integers(0, n - 1), max_size=6))
        free = [bit for bit in draw(st.permutations(range(n))) if bit not in held][: draw(st.integers(1, n))]
        status = draw(st.sampled_from(["ok", "ok", "ok", "deceased", "suppressed"]))
        customers.append(Customer(user_id, tuple(held), tuple(free if status == "ok" else ()), status=status))
    return Bank(customers, popular={None: [n - 1, 2, 3]}, description=description)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(banks(), st.integers(1, 48), st.data(), st.lists(st.integers(0, 60), max_size=5))
def test_look_ups_are_those_of_a_slow_second_way(tmp_path_factory, bank, k, data, strangers) -> None:  # type: ignore[no-untyped-def]
    folder, items = tmp_path_factory.mktemp("second"), bank.description.items
    exclude = data.draw(st.lists(st.sampled_from([*items, "other"]), max_size=5))
    only = data.draw(st.none() | st.lists(st.sampled_from(items), max_size=12))
    loaded = RecommendationSet(write_bank(folder, bank))
    for user_id in [*(customer.user_id for customer in bank.customers), *strangers]:
        asked = RecommendationRequest(user_id=user_id, k=k, exclude=exclude, only=only)
        given_answer = json.loads(answer(user_id, loaded, asked).json + b"}")
        customer = next((one for one in bank.customers if one.user_id == user_id), None)
        if customer is None:
            source, ranked, scores = "popular", bank.popular[None], [0.1 / rank for rank in (1, 2, 3)]
        else:
            source = "personal" if customer.status == "ok" else "none"
            ranked, scores = list(customer.ranked), customer.all_scores()
        expected = [
            (items[bit], rank, np.float32(score))
            for rank, (bit, score) in enumerate(zip(ranked, scores, strict=True), 1)
            if items[bit] not in exclude and (only is None or items[bit] in only)
        ][:k]
        listed = [(one["item_id"], one["rank"], np.float32(one["score"])) for one in given_answer["recommendations"]]
        assert (given_answer["source"], listed) == (source, expected)
        assert given_answer["returned"] == len(expected)
    shutil.rmtree(folder)
