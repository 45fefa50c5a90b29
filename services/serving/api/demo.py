"""The page to try the service with, and the customers it shows; only where DEMO=1."""

from __future__ import annotations

import random
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from serving.api.in_use import service_of, set_in_use
from serving.api.problems import ProblemError, responses
from serving.api.schemas import DemoCustomer, Language
from serving.api.unknown import language_unknown_to, refusal
from serving.service import Service
from serving.settings import FOLDER

PAGE = FOLDER / "page"
router = APIRouter()


def add_demo(app: FastAPI) -> None:
    """Serve the page at /, its files, and GET /demo/customer."""
    app.include_router(router)
    app.mount("/page", StaticFiles(directory=PAGE))


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    return FileResponse(PAGE / "index.html")


@router.get(
    "/demo/customer",
    responses=responses(401, 404, 422, 503),
    summary="A random customer, or the one asked for, and what is held",
)
async def demo_customer(
    request: Request, user_id: Annotated[int | None, Query(ge=0, le=10**18)] = None, lang: Language | None = None
) -> DemoCustomer:
    used = set_in_use(service_of(request))
    if wrong := language_unknown_to(used, lang):
        raise refusal("query", wrong)
    row = used.row(user_id) if user_id is not None else random.randrange(len(used)) if len(used) else -1
    if row < 0:
        raise ProblemError(404, "the set in use does not know this customer")
    name_of = used.names[used.language if lang is None else lang]
    names = [name_of[used.bit_of[item]] for item in used.held_products(row)]
    return DemoCustomer(user_id=int(used.user_id[row]), held=names, as_of=used.as_of)


def print_how_to_try(service: Service) -> None:
    """Where the page is served and a set is in use: print its address, and a curl line for a customer of the set."""
    used, port = service.watcher.current, service.settings.port
    if not service.settings.demo or used is None:
        return
    offered = (used.status == 0).nonzero()[0]
    if len(offered):
        url = f"http://localhost:{port}/recommendations"
        body = f'{{"user_id": {int(used.user_id[offered[0]])}, "k": 5}}'
        print(f"The page to try it: http://localhost:{port}/", flush=True)
        print(f"Try it: curl -s -X POST {url} -H 'Content-Type: application/json' -d '{body}'", flush=True)
