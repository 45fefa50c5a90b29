"""The routes: recommendations for one customer or many, the catalogue, the set in use, health.

A route's summary says what it answers. A route has no docstring, as FastAPI would add it to the OpenAPI document.
"""

from __future__ import annotations

import gzip
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from recommendations import RecommendationSet
from serving.api.answers import Answer, answer
from serving.api.consent import allowed_over, without_consent
from serving.api.direct import DirectRoute
from serving.api.in_use import service_of, set_in_use
from serving.api.problems import ProblemError, responses
from serving.api.schemas import (
    BatchRequest,
    BatchResponse,
    Health,
    Product,
    RecommendationRequest,
    RecommendationResponse,
)
from serving.api.unknown import refusal, unknown_to
from serving.service import Service

router = APIRouter(route_class=DirectRoute)


@router.post(
    "/recommendations",
    response_model=RecommendationResponse,
    response_model_exclude_none=True,
    responses=responses(401, 408, 413, 422, 500, 503, 504),
    summary="The products that a customer is most likely to acquire next",
)
async def recommendations(request: Request, asked: RecommendationRequest) -> Response:
    service, request_id = service_of(request), request.scope["request_id"]
    used = set_in_use(service)
    if wrong := unknown_to(used, asked):
        raise refusal("body" if await request.body() else "query", wrong)
    allowed, channel = allowed_over(asked.channel, service.consent, used=used)
    user_id = asked.user_id
    row = used.row(user_id)
    given = answer(user_id, used, asked, row) if allowed(user_id, row) else without_consent(user_id, asked, allowed)
    service.monitoring.served.k[asked.k] += 1
    _record(service, request_id, user_id, used, given, channel)
    content = b'%b%b,"request_id":"%b"}' % (given.json, used.answer_end, request_id.encode())
    return Response(content, media_type="application/json")


@router.post(
    "/recommendations/batch",
    response_model=BatchResponse,
    response_model_exclude_none=True,
    responses=responses(401, 408, 413, 422, 500, 503, 504),
    summary="The same for up to 1,000 customers, all from one set",
)
async def batch(request: Request, asked: BatchRequest) -> Response:
    service, request_id = service_of(request), request.scope["request_id"]
    most = service.settings.batch_limit
    if len(asked.user_ids) > most:
        raise ProblemError(422, f"user_ids: at most {most} customers, {len(asked.user_ids)} given")
    used = set_in_use(service)
    if wrong := unknown_to(used, asked):
        raise refusal("body" if await request.body() else "query", wrong)
    allowed, channel = allowed_over(asked.channel, service.consent, used=used)
    service.monitoring.served.k[asked.k] += 1
    results = []
    for user_id in asked.user_ids:
        row = used.row(user_id)
        given = answer(user_id, used, asked, row) if allowed(user_id, row) else without_consent(user_id, asked, allowed)
        _record(service, request_id, user_id, used, given, channel)
        results.append(given.json + b"}")
    content = b'{"results":[%b]%b}' % (b",".join(results), used.answer_end)
    return Response(content, media_type="application/json")


@router.get("/products", responses=responses(401, 503), summary="The products of the set in use")
async def products(request: Request) -> list[Product]:
    used = set_in_use(service_of(request))
    return [
        Product(item_id=one.id, names={code: one.names[code] for code in used.names}, group=one.group)
        for one in used.products
    ]


@router.get(
    "/set", response_model=dict[str, Any], responses=responses(401, 503), summary="The manifest of the set in use"
)
async def manifest(request: Request) -> Response:
    content, headers = orjson.dumps(set_in_use(service_of(request)).manifest), {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):  # its size grows with the square of the number of products
        content, headers = gzip.compress(content, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type="application/json")


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", summary="Whether the process runs")
async def live() -> Health:
    return Health()


@router.head("/health/ready", include_in_schema=False)
@router.get(
    "/health/ready",
    responses=responses(503),
    summary="Whether a set is loaded and, with CONSENT=required, a consent file is in force",
)
async def ready(request: Request) -> Health:
    service = service_of(request)
    set_in_use(service)
    if service.consent is not None and (why := service.consent.why_nobody):
        raise ProblemError(503, why, {"Retry-After": "5"})
    return Health()


def _record(
    service: Service, request_id: str, user_id: int, used: RecommendationSet, given: Answer, channel: str | None
) -> None:
    """Count one answer, and write it to the audit log if there is one."""
    service.monitoring.served.count(given.source, given.places, given.bits, given.scores, given.first)
    if given.reason is not None:
        service.monitoring.no_consent.inc()
    if service.audit_log is not None:
        items = [used.ids[bit] for bit in given.bits]
        service.audit_log.write(request_id, user_id, used.set_id, given.source, items, given.reason, channel)
