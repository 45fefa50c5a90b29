"""From what was found to what is sent: the part of a list that was asked for, as JSON."""

from __future__ import annotations

from typing import Any

from recommendations import Found, RecommendationSet
from schemas import BatchRequest, RecommendationRequest


def chosen(
    found: Found, used: RecommendationSet, request: RecommendationRequest | BatchRequest
) -> tuple[list[int], list[int], list[float]]:
    """Places, product bits and scores of the first `k` that the request allows.

    A place is the rank in the customer's whole list, counted from 0: leaving a product out does not
    make the next one better.
    """
    if request.only is None and not request.exclude:
        return (
            list(range(min(request.k, len(found.bits)))),
            found.bits[: request.k],
            found.scores[: request.k],
        )
    unwanted = {used.bit_of.get(item) for item in request.exclude}
    wanted = None if request.only is None else {used.bit_of.get(item) for item in request.only}
    places = [
        place
        for place, bit in enumerate(found.bits)
        if bit not in unwanted and (wanted is None or bit in wanted)
    ][: request.k]
    return places, [found.bits[place] for place in places], [found.scores[place] for place in places]


def result(
    user_id: int, used: RecommendationSet, request: RecommendationRequest | BatchRequest
) -> tuple[dict[str, Any], list[int], list[float]]:
    """The answer for one customer, with the bits and scores in it for counting."""
    found = used.find(user_id, request.segment)
    places, bits, scores = chosen(found, used, request)
    names, ids = used.names[request.lang], used.ids
    recommendations: list[dict[str, Any]] = [
        {"item_id": ids[bit], "name": names[bit], "rank": place + 1, "score": score}
        for place, bit, score in zip(places, bits, scores, strict=True)
    ]
    if found.reasons is not None:
        for place, recommendation in zip(places, recommendations, strict=True):
            if codes := found.reasons[place]:
                recommendation["reasons"] = [
                    {"code": code, "text": used.reason_text(code, request.lang)} for code in codes
                ]
    answer = {
        "user_id": user_id,
        "k": request.k,
        "returned": len(recommendations),
        "source": found.source,
        "recommendations": recommendations,
    }
    return answer, bits, scores
