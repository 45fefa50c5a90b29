"""Routes of the web page: a customer, the products, the model, the sets; served only with DEMO=1 or CONSOLE=1.

The page gets recommendations from POST /recommendations, like any other client.
"""

from __future__ import annotations

import random
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from recommendations import RecommendationSet
from serving.api.compressed import Compressed
from serving.api.consent import allowed_over
from serving.api.console_schemas import CustomerQuestion, CustomerView, KeptSet, Realised, Sets
from serving.api.in_use import service_of, set_in_use
from serving.api.problems import ProblemError, responses
from serving.api.schemas import ItemId
from serving.api.why_not import standings
from serving.consent import ConsentWatch
from serving.sets import kept
from serving.sets.consent import Allows
from serving.sets.files import STATUSES
from serving.sets.persons import segment_and_age
from serving.sets.summary import Summary

NO_SUMMARY = "the set in use has no summary.json: publish it again"
_TRIES = 100  # random customers tried before all are searched
router = APIRouter()


@router.post(
    "/console/customer",
    responses=responses(400, 401, 404, 422, 503),
    summary="One customer, or a random one with a list who allows offers: status, and the state of each product",
)
async def customer(request: Request, asked: CustomerQuestion) -> CustomerView:
    service = service_of(request)
    used = set_in_use(service)
    allowed, _ = allowed_over(asked.channel, service.consent)
    user_id = asked.user_id
    if user_id is None:
        user_id = await run_in_threadpool(anyone, used, asked.other_than, service.consent, asked.channel)
    row = used.row(user_id)
    consent = None if service.consent is None else allowed(user_id)
    segment, age = await run_in_threadpool(segment_and_age, used.folder, row) if row >= 0 else (None, None)
    return CustomerView(
        user_id=str(user_id),
        as_of=used.as_of,
        set_id=used.set_id,
        status=STATUSES[used.status[row]] if row >= 0 else "unknown",
        segment=segment,
        age_band=age,
        consent=consent,
        channels=_channels(user_id, service.consent),
        products=standings(used, user_id, consent=consent is not False),
    )


def _channels(user_id: int, watch: ConsentWatch | None) -> dict[str, bool] | None:
    if watch is None:
        return None
    consent = watch.in_force()
    return {} if consent is None else consent.of(user_id)


def anyone(
    used: RecommendationSet, other_than: int | None, watch: ConsentWatch | None = None, channel: str | None = None
) -> int:
    """The number of a random customer who has a list; a problem of status 404 if no customer has one.

    With `watch`, one who allows offers over `channel` (None: every channel), if another customer with a list does.
    `other_than` is chosen only if no other customer has a list.
    """
    consent = None if watch is None else watch.in_force()
    allowed = None if consent is None else consent.over.get(channel)
    for _ in range(_TRIES if len(used) else 0):
        row = random.randrange(len(used))
        user_id = int(used.user_id[row])
        has_list = used.status[row] == 0 and used.offsets[row] < used.offsets[row + 1]
        if has_list and user_id != other_than and (allowed is None or allowed(user_id)):
            return user_id
    with_a_list = used.user_id[(used.status == 0) & (used.offsets[1:] > used.offsets[:-1])]
    if not len(with_a_list):
        raise ProblemError(404, "no customer of the set in use has a list")
    others = with_a_list if other_than is None else with_a_list[with_a_list != other_than]
    allowing = others[:0]
    if consent is not None and allowed is not None:
        allowing = others[np.isin(others, consent.who_allow(channel), assume_unique=True)]
    return int(random.choice(next(some for some in (allowing, others, with_a_list) if len(some))))


@router.get(
    "/console/summary",
    responses={**responses(401, 404, 503), 304: {"description": "Not Modified"}},
    response_model=dict[str, Any],
    summary="Figures of all products and of the model, without customers and without the model card",
)
async def summary(request: Request) -> Response:
    used = set_in_use(service_of(request))
    shown = _summary(used)
    return Compressed(shown.overview, shown.packed, "application/json", used.set_id).answer(request)


@router.get(
    "/console/products/{item_id}",
    responses=responses(401, 404, 422, 503),
    response_model=dict[str, Any],
    summary="Figures of one product, with the customers most likely to acquire it who allow offers",
)
async def product(request: Request, item_id: Annotated[ItemId, Path(description="the product")]) -> Response:
    service = service_of(request)
    figures = _summary(set_in_use(service)).products.get(item_id)
    if figures is None:
        raise ProblemError(404, f"the catalogue has no product {item_id!r}; GET /products lists all")
    if service.consent is not None:
        allowed, _ = allowed_over(None, service.consent)
        figures = _with_consent(figures, allowed)
    return Response(figures, media_type="application/json")


def _with_consent(figures: bytes, allowed: Allows) -> bytes:
    """The figures of a product without the customers who may not be offered it; `without_consent` counts these."""
    content = orjson.loads(figures)
    likeliest = content.get("likeliest", [])
    shown = [one for one in likeliest if allowed(int(one[0]))]
    return orjson.dumps({**content, "likeliest": shown, "without_consent": len(likeliest) - len(shown)})


@router.get(
    "/console/card",
    response_class=HTMLResponse,
    responses=responses(401, 404, 503),
    summary="The model card, a fragment of HTML",
)
async def card(request: Request) -> HTMLResponse:
    html = _summary(set_in_use(service_of(request))).card
    if html is None:
        raise ProblemError(404, "this set was published without a model card: train and publish again")
    return HTMLResponse(html)


@router.get(
    "/console/sets",
    responses=responses(401, 503),
    summary="The sets kept, and earlier forecasts with what was observed",
)
async def sets(request: Request) -> Sets:
    service = service_of(request)
    used, recs = set_in_use(service), service.settings.recs_dir
    sets_there = await run_in_threadpool(kept.kept_sets, recs)
    kept_sets = [KeptSet(**one, in_use=one["set_id"] == used.set_id) for one in sets_there]
    months = await run_in_threadpool(kept.realised, recs)
    return Sets(in_use=used.set_id, kept=kept_sets, realised=[Realised(**one) for one in months])


def _summary(used: RecommendationSet) -> Summary:
    if used.summary is None:
        raise ProblemError(404, NO_SUMMARY)
    return used.summary
