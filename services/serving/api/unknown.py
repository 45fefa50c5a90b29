"""Names in a request that the set in use does not have: products, a segment, a language.

The bank is described in the set, not in the schema, so this check needs the set in use. The answer is the same kind
of problem as for other invalid requests.
"""

from __future__ import annotations

from typing import Any

from fastapi.exceptions import RequestValidationError

from recommendations import RecommendationSet
from serving.api.schemas import BatchRequest, RecommendationRequest


def unknown_to(used: RecommendationSet, asked: RecommendationRequest | BatchRequest) -> list[dict[str, Any]]:
    """Errors in pydantic's form, without the part of the request they are in; empty if all names are known.

    Products are checked in `only` alone: with unknown products there, the answer would be empty without an error.
    """
    if asked.only is None and asked.segment is None and asked.lang is None:
        return []  # as in most requests: without names there is nothing to check, and calls cost time
    return [
        *_products(used, asked.only or []),
        *segment_unknown_to(used, asked.segment),
        *language_unknown_to(used, asked.lang),
    ]


def _products(used: RecommendationSet, only: list[str]) -> list[dict[str, Any]]:
    return [
        _error("unknown_item", f"the catalogue has no {item!r}; GET /products lists the ids", "only", place)
        for place, item in enumerate(only)
        if item not in used.bit_of
    ]


def segment_unknown_to(used: RecommendationSet, segment: str | None) -> list[dict[str, Any]]:
    """The error of a segment that the bank does not have."""
    there = used.bank.segments
    if segment is None or segment in there:
        return []
    has = f"it has {', '.join(there)}" if there else "it has no segments, so leave this field out"
    return [_error("unknown_segment", f"this bank has no segment {segment!r}; {has}", "segment")]


def language_unknown_to(used: RecommendationSet, language: str | None) -> list[dict[str, Any]]:
    """The error of a language that the bank does not have."""
    if language is None or language in used.names:
        return []
    there = ", ".join(used.names)
    return [_error("unknown_language", f"this bank has no language {language!r}; it has {there}", "lang")]


def refusal(part: str, wrong: list[dict[str, Any]]) -> RequestValidationError:
    """The error to raise for the errors `wrong` in a part of the request: `body` or `query`."""
    return RequestValidationError([{**one, "loc": (part, *one["loc"])} for one in wrong])


def _error(kind: str, message: str, *place: str | int) -> dict[str, Any]:
    return {"type": kind, "loc": place, "msg": message}
