"""The JSON of an answer: the requested part of a customer's list.

The text around a score is the same for every customer, so it is made once per set; an answer joins these
pieces with the scores. Scores have the digits of a float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from recommendations import RankedList, RecommendationSet
from serving.api.schemas import BatchRequest, RecommendationRequest
from serving.sets.files import MOST_PRODUCTS

_ALL_PLACES = bytes(range(MOST_PRODUCTS))


class Answer(NamedTuple):
    """One customer's answer: JSON without its closing brace, and the values to count."""

    json: bytes
    source: str
    places: bytes  # one byte each: rank in the whole list, from 0
    bits: bytes
    scores: npt.NDArray[np.float32]
    first: bytes  # first k products of the customer's own list, with those that the request excludes
    reason: str | None = None  # why the list is empty, where that is stated


def chosen(ranked: RankedList, used: RecommendationSet, asked: RecommendationRequest | BatchRequest) -> list[int]:
    """Places of the first `k` products that the request allows.

    A place is the rank in the customer's whole list, counted from 0: excluding a product does not change the
    ranks of the others. `exclude` may have ids that are not in the catalogue, as a client's list of excluded
    products may be older or newer than the catalogue. In `only` they are an error.
    """
    unwanted = {used.bit_of.get(item) for item in asked.exclude}
    wanted = None if asked.only is None else {used.bit_of[item] for item in asked.only}
    return [
        place for place, bit in enumerate(ranked.bits) if bit not in unwanted and (wanted is None or bit in wanted)
    ][: asked.k]


def answer(
    user_id: int, used: RecommendationSet, asked: RecommendationRequest | BatchRequest, row: int | None = None
) -> Answer:
    """The answer for one customer, whose `row` in the set may be given (-1: not in the set).

    All names in the request must be known to the set in use (`unknown.unknown_to`).
    """
    ranked = used.find_at(used.row(user_id) if row is None else row, asked.segment, asked.age)
    if asked.only is None and not asked.exclude:
        bits, scores = ranked.bits[: asked.k], ranked.scores[: asked.k]
        places, first = _ALL_PLACES[: len(bits)], bits
    else:
        these = chosen(ranked, used, asked)
        places, bits, scores = bytes(these), bytes(ranked.bits[place] for place in these), ranked.scores[these]
        first = ranked.bits[: asked.k]
    if ranked.source != "personal":
        first = b""
    language = used.language if asked.lang is None else asked.lang
    starts, fields = used.entry_starts[language], used.reason_fields[language]
    if not bits:
        entries = b""
    else:
        texts = orjson.dumps(scores, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        pieces = [starts[bit][place] + text for bit, place, text in zip(bits, places, texts, strict=True)]
        if ranked.reasons is not None:
            for number, place in enumerate(places):
                if place >= len(ranked.reasons):
                    break
                pieces[number] += fields[ranked.reasons[place]]
        entries = b"},".join(pieces) + b"}"
    json = b'{"user_id":%d,"k":%d,"returned":%d,"source":"%b","recommendations":[%b]' % (
        user_id,
        asked.k,
        len(bits),
        ranked.source.encode(),
        entries,
    )
    return Answer(json, ranked.source, places, bits, scores, first)
